/**
 * The latest thing that casts doubt on every connection of a pool: one died, or this process was frozen.
 * What was not heard of since is verified before it is lent.
 */
export class Incident {
  at: number = Number.NEGATIVE_INFINITY
}
