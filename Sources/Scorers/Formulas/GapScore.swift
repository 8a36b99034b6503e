import Events
import Model

/// How much attention an event's subjects had lately: what the stage's memory says, and a scorer is told.
public struct Coverage: Sendable, Equatable {
  /// The share of an even part of the attention, averaged over the event's nodes; 1 without nodes.
  public var share: Double
  /// How many nodes of the ontology the event is in.
  public var nodes: Int

  public init(share: Double, nodes: Int) {
    self.share = share
    self.nodes = nodes
  }
}

/// One minus the attention that the event's nodes had. Without nodes nothing can be said: 0.
enum GapScore {
  static func compute(_ coverage: Coverage, _ weight: Double, _ memo: inout ScoreMemo) -> ScoreDetail {
    memo.detail(.gap, .init(a: coverage.share.bitPattern, b: UInt64(coverage.nodes), c: weight.bitPattern)) { detail(coverage, weight) }
  }

  private static func detail(_ coverage: Coverage, _ weight: Double) -> ScoreDetail {
    var sentence = Sentence()
    if coverage.nodes == 0 {
      sentence.say("In no node of the ontology.")
    } else {
      sentence.say("Its subjects had ")
      sentence.say(coverage.share)
      sentence.say(" of an even share of attention.")
    }
    return ScoreDetail(
      value: rounded((1 - coverage.share).clamped(0, 1)), weight: weight,
      inputs: [.init("coverage", rounded(coverage.share)), .init("nodes", Double(coverage.nodes))], sentence: sentence.bytes)
  }
}
