import { type OpenMetricsContentType, Registry } from 'prom-client'

/** A registry that prints OpenMetrics. */
export function createOpenMetricsRegister(): Registry<OpenMetricsContentType> {
  const register = new Registry<OpenMetricsContentType>()
  register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  return register
}
