/// Precision and recall, and their harmonic mean.
public struct PrecisionRecall: Sendable, Equatable {
  public var precision: Double
  public var recall: Double

  public init(precision: Double, recall: Double) {
    self.precision = precision
    self.recall = recall
  }

  /// From counts; 1 where there was nothing to be right about.
  public init(hits: Double, found: Double, wanted: Double) {
    precision = found == 0 ? 1 : hits / found
    recall = wanted == 0 ? 1 : hits / wanted
  }

  public var f1: Double { precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall) }
}

/// A clustering held against labels.
///
/// *Source*: Amigó, Gonzalo, Artiles and Verdejo, "A Comparison of Extrinsic Clustering Evaluation Metrics Based on Formal Constraints", 2009.
public struct ClusteringJudgement: Sendable, Equatable {
  /// For each item: the share of its cluster that has its label, and the share of its label that is in its cluster; averaged over items.
  public var bcubed: PrecisionRecall
  /// Over pairs of items in one cluster, and pairs with one label.
  public var pairs: PrecisionRecall
  public var items: Int
  public var labels: Int
  public var clusters: Int

  /// - Parameters:
  ///   - labels: what each item should be together with.
  ///   - clusters: what it was put together with.
  ///   *Complexity*: O(n log n). *Determinism*: sums run in the order of labels and clusters, never of a hash.
  public init(labels: [Int], clusters: [Int]) {
    precondition(labels.count == clusters.count, "each item has a label and a cluster")
    let byLabel = Self.sizes(labels.map { [$0] })
    let byCluster = Self.sizes(clusters.map { [$0] })
    let together = Self.sizes(zip(labels, clusters).map { [$0, $1] })
    let count = Double(labels.count)
    var precision = 0.0
    var recall = 0.0
    for (key, size) in together {
      precision += size * size / Self.size(of: [key[1]], in: byCluster)
      recall += size * size / Self.size(of: [key[0]], in: byLabel)
    }
    bcubed = PrecisionRecall(precision: count == 0 ? 1 : precision / count, recall: count == 0 ? 1 : recall / count)
    func pairCount(_ sizes: [(key: [Int], size: Double)]) -> Double { sizes.reduce(0) { $0 + $1.size * ($1.size - 1) / 2 } }
    pairs = PrecisionRecall(hits: pairCount(together), found: pairCount(byCluster), wanted: pairCount(byLabel))
    items = labels.count
    self.labels = byLabel.count
    self.clusters = byCluster.count
  }

  private static func sizes(_ keys: [[Int]]) -> [(key: [Int], size: Double)] {
    var result: [(key: [Int], size: Double)] = []
    for key in keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      if result.last?.key == key { result[result.count - 1].size += 1 } else { result.append((key, 1)) }
    }
    return result
  }

  private static func size(of key: [Int], in sizes: [(key: [Int], size: Double)]) -> Double {
    var low = 0
    var high = sizes.count
    while low < high {
      let middle = (low + high) / 2
      if sizes[middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
    }
    return sizes[low].size
  }
}
