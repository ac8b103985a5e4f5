/** How the program ends. Each is part of its interface: scripts and CI rely on them. */
export const exitCodes: Readonly<{
  ok: 0
  warnings: 1
  critical: 2
  notChecked: 3
  usage: 64
  ownFault: 70
}> = Object.freeze({
  /** Nothing above `info`; of the other commands: ended as asked. */
  ok: 0,
  /** The most severe finding is a warning. */
  warnings: 1,
  /** At least one finding is critical. */
  critical: 2,
  /** What was to be looked at could not be: not reached, not let in. */
  notChecked: 3,
  /** The command line makes no sense; as `EX_USAGE` of sysexits. */
  usage: 64,
  /** A fault of the program itself; as `EX_SOFTWARE` of sysexits. Node's own 1 would pass for warnings. */
  ownFault: 70,
})
