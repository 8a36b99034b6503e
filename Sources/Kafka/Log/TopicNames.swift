import Model

extension TopicName {
  /// Where each fold stands in each raw partition; compacted.
  static let positions = TopicName(known: "prowzi.positions")
  /// The states of folds, in pieces; compacted.
  static let checkpoints = TopicName(known: "prowzi.checkpoints")
  /// What sensors append to.
  static let rawInput = TopicName(known: "prowzi.raw")
}
