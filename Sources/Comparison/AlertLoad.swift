import Events
import Model

/// How often readers are called, by day of stream time (UTC): what a scorer costs them.
///
/// An alert is an event in `same_day` or `instant` that was not merged into an alert its story had already; a rise alerts again.
public struct AlertLoad: Sendable, Equatable {
  public struct Count: Sendable, Equatable {
    public var instant = 0
    public var sameDay = 0

    mutating func add(_ event: JudgedEvent) {
      guard event.isAlert else { return }
      if event.band == .instant { instant += 1 } else { sameDay += 1 }
    }
  }

  public struct Day: Sendable, Equatable {
    /// Days since 1970-01-01.
    public var number: Int
    public var events = 0
    public var from = Count()
    public var to = Count()

    public var start: Timestamp { Timestamp(milliseconds: Int64(number) * .day) }
  }

  /// Ascending; days without an event are left out.
  public private(set) var days: [Day] = []
  private var places: [Int: Int] = [:]

  public init() {}

  public var from: Count { sum(\.from) }
  public var to: Count { sum(\.to) }
  /// From the first day with an event to the last, both included.
  public var span: Int { (days.last?.number ?? 0) - (days.first?.number ?? 1) + 1 }

  private func sum(_ side: KeyPath<Day, Count>) -> Count {
    days.reduce(into: Count()) { sum, day in
      sum.instant += day[keyPath: side].instant
      sum.sameDay += day[keyPath: side].sameDay
    }
  }

  mutating func add(_ from: JudgedEvent?, _ to: JudgedEvent?, at time: Timestamp) {
    let milliseconds = time.milliseconds
    let number = Int(milliseconds >= 0 ? milliseconds / .day : (milliseconds - .day + 1) / .day)
    let place = places[number] ?? days.count
    if place == days.count {
      places[number] = place
      days.append(Day(number: number))
    }
    days[place].events += 1
    if let from { days[place].from.add(from) }
    if let to { days[place].to.add(to) }
  }

  mutating func sort() {
    days.sort { $0.number < $1.number }
    places = [:]
    for (index, day) in days.enumerated() { places[day.number] = index }
  }

  public static func == (a: AlertLoad, b: AlertLoad) -> Bool { a.days == b.days }
}
