import { judgeBy, modelNamed } from '../learning/model.ts'
import { Observed } from '../learning/observed.ts'
import type { ContenderPorts } from './contender.ts'

/** Hale's own detection, save that a model trained on outcomes says whom to ask about. */
export class Learned extends Observed {
  constructor(ports: ContenderPorts) {
    super(ports, judgeBy(modelNamed('logistic')))
  }
}
