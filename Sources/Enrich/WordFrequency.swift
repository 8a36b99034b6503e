import Model
import State

/// In how many texts of the partition each word has been seen: what makes rare words weigh more than common ones.
///
/// Words share 65,536 counters by fingerprint, so memory does not grow; two words in one counter merely weigh a little less. The partition does
/// not start from nothing: it behaves as if it had seen a thousand texts in which the commonest English words stood often.
struct WordFrequency: Checkpointable, Sendable {
  private static let slots = 1 << 16
  private static let priorTexts: UInt32 = 1000
  private static let priorCommon: [(words: String, count: UInt32)] = [
    ("the of and to a in for", 700), ("is on with that by this we an are as from", 450),
    ("at it be our can which has new was its have these or how using their not you your more via into than after over", 250),
    ("will what why who all but about they based between also while such up out over when may model models data", 150),
  ]

  private var texts: UInt32
  private var counts: [UInt32]

  init() {
    texts = Self.priorTexts
    counts = Self.prior
  }

  private static let prior: [UInt32] = {
    var counts = [UInt32](repeating: 0, count: slots)
    for (words, count) in priorCommon {
      for word in words.split(separator: " ") { counts[slot(Fingerprint.of(String(word)))] = count }
    }
    return counts
  }()

  private static func slot(_ word: UInt64) -> Int { Int(truncatingIfNeeded: word >> 40) & (slots - 1) }

  /// 256 · log2 of n + 1, for the counts that most words have.
  private static let logs: [Int32] = (0..<4096).map { Elementary.fixedLog2(UInt64($0) + 1) }

  /// What weighs one text's words.
  struct Scale {
    fileprivate let texts: Int32
    fileprivate let logs: [Int32]
  }

  var scale: Scale { Scale(texts: Elementary.fixedLog2(UInt64(texts) + 1), logs: Self.logs) }

  /// log2((texts + 1) / (texts with the word + 1)) + ½, in 1/256.
  @inline(__always) func weight(of word: UInt64, _ scale: Scale) -> Int32 {
    let count = Int(counts[Self.slot(word)])
    return scale.texts - (count < scale.logs.count ? scale.logs[count] : Elementary.fixedLog2(UInt64(count) + 1)) + 128
  }

  func weight(of word: UInt64) -> Int32 { weight(of: word, scale) }

  /// Counts a text, given each of its words once.
  mutating func count(words: [UInt64]) {
    texts &+= 1
    for word in words { counts[Self.slot(word)] &+= 1 }
  }

  func write(to writer: inout StateWriter) {
    writer.unsigned(UInt64(texts))
    // Only what differs from the prior, as steps between slots.
    var changed: [(slot: Int, count: UInt32)] = []
    for (slot, count) in counts.enumerated() where count != Self.prior[slot] { changed.append((slot, count)) }
    writer.count(changed.count)
    var last = 0
    for (slot, count) in changed {
      writer.count(slot - last)
      writer.unsigned(UInt64(count))
      last = slot
    }
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    texts = UInt32(truncatingIfNeeded: try reader.unsigned())
    counts = Self.prior
    var slot = 0
    for _ in 0..<(try reader.count()) {
      slot += Int(truncatingIfNeeded: try reader.unsigned())
      guard slot < Self.slots else { throw ProwziError("state.corrupt", "a word counter lies outside the table") }
      counts[slot] = UInt32(truncatingIfNeeded: try reader.unsigned())
    }
  }
}
