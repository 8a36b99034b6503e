/// How often each stream speaks.
public enum GeneratorProfile: Sendable, Equatable {
  /// The captures' own shares: about 80 % star rows and 9 % papers.
  case mixed
  /// Everything but star rows, in the same proportions.
  case text
  case custom(StreamWeights)

  var weights: StreamWeights {
    switch self {
    case .mixed: .captures
    case .text:
      {
        var weights = StreamWeights.captures
        weights[.stars] = 0
        return weights
      }()
    case .custom(let weights): weights
    }
  }
}

/// A share per stream; only the proportions count.
public struct StreamWeights: Sendable, Equatable {
  private var values: [Int]

  /// Every stream silent.
  public init() { values = Array(repeating: 0, count: GeneratedStream.allCases.count) }

  /// The shares in 10,000 that the captures' record counts have.
  public static let captures: StreamWeights = {
    var weights = StreamWeights()
    let shares: [(GeneratedStream, Int)] = [
      (.stars, 8080), (.papers, 860), (.launches, 280), (.headlines, 170), (.models, 160), (.commits, 100), (.pools, 95), (.raises, 80),
      (.hackerNews, 65), (.cryptoHeadlines, 45), (.tokens, 30), (.releases, 22), (.exploits, 15), (.hacks, 9), (.feeds, 4),
    ]
    for (stream, share) in shares { weights[stream] = share }
    return weights
  }()

  public subscript(stream: GeneratedStream) -> Int {
    get { values[stream.rawValue] }
    set {
      precondition((0...1_000_000).contains(newValue), "a stream's weight lies in 0...1000000")
      values[stream.rawValue] = newValue
    }
  }

  var total: Int { values.reduce(0, +) }
}
