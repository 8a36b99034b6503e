import State

extension Fused.State: Inspectable where First.State: Inspectable, Second.State: Inspectable {
  public func inspect(_ inspector: inout StateInspector) {
    first.inspect(&inspector)
    second.inspect(&inspector)
  }
}
