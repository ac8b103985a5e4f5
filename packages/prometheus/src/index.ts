export type { PrometheusCollectorOptions } from './collector-options.ts'
export {
  createPrometheusCollector,
  type PrometheusCollector,
} from './create-prometheus-collector.ts'
export type { ExemplarLabels } from './wait-exemplars.ts'
