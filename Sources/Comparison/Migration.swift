import Events

/// How many events went from which band to which: rows and columns by `UrgencyBand.rawValue`.
public struct Migration: Sendable, Equatable {
  public static let bands = UrgencyBand.allCases.count
  /// Row by row.
  public var cells = [Int](repeating: 0, count: bands * bands)

  public init() {}

  public subscript(from: UrgencyBand, to: UrgencyBand) -> Int {
    get { cells[Int(from.rawValue) * Self.bands + Int(to.rawValue)] }
    set { cells[Int(from.rawValue) * Self.bands + Int(to.rawValue)] = newValue }
  }

  public func total(from band: UrgencyBand) -> Int { UrgencyBand.allCases.reduce(0) { $0 + self[band, $1] } }
  public func total(to band: UrgencyBand) -> Int { UrgencyBand.allCases.reduce(0) { $0 + self[$1, band] } }
  public var total: Int { cells.reduce(0, +) }
  /// Events that stayed in their band.
  public var same: Int { UrgencyBand.allCases.reduce(0) { $0 + self[$1, $1] } }
  public var raised: Int { sum(where: <) }
  public var lowered: Int { sum(where: >) }

  private func sum(where included: (UrgencyBand, UrgencyBand) -> Bool) -> Int {
    var sum = 0
    for from in UrgencyBand.allCases {
      for to in UrgencyBand.allCases where included(from, to) { sum += self[from, to] }
    }
    return sum
  }
}
