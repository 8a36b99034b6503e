import Stages
import State

extension PartitionFold where Pipeline.State: Inspectable {
  /// What its stages remember at this moment, in their order.
  /// - Complexity: linear in the state.
  public func inspect(_ wish: StateWish) -> [StateInspector.Stage] {
    var inspector = StateInspector(wish)
    state.inspect(&inspector)
    return inspector.stages
  }
}
