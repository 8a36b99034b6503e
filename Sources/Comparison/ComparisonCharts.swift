import CommandLine
import Events
import Model
import Pages

/// The drawings of a comparison's page. Every number in them stands in a table of the page as well.
struct ComparisonCharts {
  /// What the two sides are called.
  let from: String
  let to: String

  init(_ labels: (from: String, to: String)) {
    from = ComparisonWords.cut(labels.from, to: 28)
    to = ComparisonWords.cut(labels.to, to: 28)
  }

  static let bands: [UrgencyBand] = [.instant, .sameDay, .weekly, .archive]

  // MARK: Bands

  /// From band (rows) to band (columns): darker where more of the row's events went.
  func matrix(_ migration: Migration) -> String {
    let (left, top, cell, high) = (132.0, 46.0, 118.0, 46.0)
    var drawing = Drawing(
      width: 760, height: 262, title: "Bands",
      description:
        "\(Fixed.count(migration.same)) events stay in their band, \(Fixed.count(migration.raised)) rise, \(Fixed.count(migration.lowered)) fall"
    )
    drawing.text(to, x: left + cell * 2, y: 14, classes: "soft middle")
    drawing.text(from, x: 12, y: top + high * 2, classes: "soft middle", rotated: true)
    for (column, to) in Self.bands.enumerated() {
      let x = left + Double(column) * cell
      drawing.text(Names.plain(to), x: x + cell / 2, y: top - 10, classes: "middle strong")
      drawing.text(Fixed.count(migration.total(to: to)), x: x + cell / 2, y: top + high * 4 + 22, classes: "middle soft")
    }
    drawing.text("total", x: left + cell * 4 + 56, y: top - 10, classes: "middle soft")
    drawing.text("total", x: left - 12, y: top + high * 4 + 22, classes: "end soft")
    for (row, from) in Self.bands.enumerated() {
      let y = top + Double(row) * high
      let total = migration.total(from: from)
      drawing.text(Names.plain(from), x: left - 12, y: y + high / 2 + 4, classes: "end strong")
      drawing.text(Fixed.count(total), x: left + cell * 4 + 56, y: y + high / 2 + 4, classes: "middle soft")
      for (column, to) in Self.bands.enumerated() {
        let x = left + Double(column) * cell
        let count = migration[from, to]
        let share = total > 0 ? Double(count) / Double(total) : 0
        drawing.rectangle(x: x + 1, y: y + 1, width: cell - 2, height: high - 2, classes: "track", round: 4)
        if count > 0 {
          let side = from == to ? "kept" : to > from ? "raised" : "lowered"
          drawing.rectangle(
            x: x + 1, y: y + 1, width: cell - 2, height: high - 2, classes: side, opacity: 0.14 + 0.5 * share.squareRoot(), round: 4,
            tip: "\(Fixed.count(count)) of \(Fixed.count(total)) went from \(Names.plain(from)) to \(Names.plain(to))")
          drawing.text(Fixed.count(count), x: x + cell / 2, y: y + high / 2, classes: "middle strong")
          drawing.text(Fixed.share(count, of: total), x: x + cell / 2, y: y + high / 2 + 15, classes: "middle tiny")
        }
      }
    }
    drawing.text(Fixed.count(migration.total), x: left + cell * 4 + 56, y: top + high * 4 + 22, classes: "middle strong")
    return drawing.markup
  }

  // MARK: Scores

  /// Both histograms, one over the other.
  func histograms(_ name: String, _ statistics: PairStatistics, width: Int, height: Int) -> String {
    let (left, bottom, top) = (8.0, Double(height) - 22, 20.0)
    let right = Double(width) - 8
    var drawing = Drawing(
      width: width, height: height, title: "Distribution of \(name)",
      description:
        "median \(Fixed.text(statistics.from.quantiles[4], decimals: 3)) for \(from), \(Fixed.text(statistics.to.quantiles[4], decimals: 3)) for \(to)"
    )
    let most = max(1, statistics.from.histogram.max() ?? 0, statistics.to.histogram.max() ?? 0)
    let step = (right - left) / Double(Distribution.steps)
    func points(_ counts: [Int]) -> [(x: Double, y: Double)] {
      var points: [(x: Double, y: Double)] = [(left, bottom)]
      for (index, count) in counts.enumerated() {
        let y = bottom - (bottom - top) * Double(count) / Double(most)
        points.append((left + Double(index) * step, y))
        points.append((left + Double(index + 1) * step, y))
      }
      return points + [(right, bottom)]
    }
    drawing.path(points(statistics.from.histogram), closed: true, classes: "area-a")
    drawing.path(points(statistics.to.histogram), closed: true, classes: "area-b")
    drawing.path(points(statistics.from.histogram), classes: "line-a")
    drawing.path(points(statistics.to.histogram), classes: "line-b")
    drawing.line(x1: left, y1: bottom, x2: right, y2: bottom, classes: "axis")
    for (text, share) in [("0", 0.0), ("0.25", 0.25), ("0.5", 0.5), ("0.75", 0.75), ("1", 1.0)] where width > 300 || text.count < 4 {
      let x = left + (right - left) * share
      drawing.line(x1: x, y1: bottom, x2: x, y2: bottom + 4, classes: "axis")
      drawing.text(text, x: x, y: bottom + 17, classes: share == 0 ? "soft" : share == 1 ? "soft end" : "soft middle")
    }
    drawing.text(name, x: left, y: 13, classes: "strong")
    drawing.text(
      width > 300 ? "most in a step: \(Fixed.count(most))" : "most: \(Fixed.count(most))", x: right, y: 13, classes: "soft end tiny")
    return drawing.markup
  }

  /// The total under one scorer by the total under the other: events on the diagonal stay.
  func grid(_ statistics: PairStatistics) -> String {
    let (left, top, side) = (44.0, 10.0, 380.0)
    var drawing = Drawing(
      width: 440, height: 440, title: "Totals under both scorers",
      description:
        "Spearman \(ComparisonWords.correlation(statistics.correlation.spearman)), Kendall \(ComparisonWords.correlation(statistics.correlation.kendall))"
    )
    let cells = PairStatistics.cells
    let cell = side / Double(cells)
    let most = Double(max(1, statistics.grid.max() ?? 0))
    drawing.rectangle(x: left, y: top, width: side, height: side, classes: "panel")
    drawing.line(x1: left, y1: top + side, x2: left + side, y2: top, classes: "diagonal")
    for row in 0..<cells {
      for column in 0..<cells {
        let count = statistics.grid[row * cells + column]
        if count == 0 { continue }
        let low = (Double(column) / Double(cells), Double(row) / Double(cells))
        // The fourth root: single events stay visible beside thousands.
        drawing.rectangle(
          x: left + Double(column) * cell, y: top + side - Double(row + 1) * cell, width: cell, height: cell, classes: "heat",
          opacity: 0.16 + 0.84 * (Double(count) / most).squareRoot().squareRoot(),
          tip:
            "\(ComparisonWords.count(count, "event")): \(from) from \(Fixed.text(low.0, decimals: 2)), \(to) from \(Fixed.text(low.1, decimals: 2))"
        )
      }
    }
    for (text, share) in [("0", 0.0), ("0.5", 0.5), ("1", 1.0)] {
      drawing.text(text, x: left + side * share, y: top + side + 16, classes: share == 1 ? "soft end" : share == 0 ? "soft" : "soft middle")
      drawing.text(text, x: left - 6, y: top + side * (1 - share) + (share == 1 ? 10 : 4), classes: "soft end")
    }
    drawing.text(from, x: left + side / 2, y: top + side + 36, classes: "soft middle")
    drawing.text(to, x: 12, y: top + side / 2, classes: "soft middle", rotated: true)
    return drawing.markup
  }

  /// How far the totals that changed have moved.
  func movement(_ movement: Movement) -> String {
    let (left, right, top, bottom) = (10.0, 430.0, 44.0, 396.0)
    var drawing = Drawing(
      width: 440, height: 440, title: "Change of the total",
      description: "\(Fixed.count(movement.up)) up, \(Fixed.count(movement.down)) down, \(Fixed.count(movement.unchanged)) unchanged")
    let most = max(1, movement.histogram.max() ?? 0)
    let step = (right - left) / Double(Movement.steps)
    for (index, count) in movement.histogram.enumerated() where count > 0 {
      let high = max(1.5, (bottom - top) * Double(count) / Double(most))
      drawing.rectangle(
        x: left + Double(index) * step + 0.5, y: bottom - high, width: step - 1, height: high,
        classes: index < Movement.steps / 2 ? "lowered" : "raised", tip: ComparisonWords.count(count, "event"))
    }
    drawing.line(x1: left, y1: bottom, x2: right, y2: bottom, classes: "axis")
    drawing.line(x1: (left + right) / 2, y1: top, x2: (left + right) / 2, y2: bottom, classes: "diagonal")
    let limit = Fixed.text(movement.limit, decimals: 2)
    drawing.text("-\(limit)", x: left, y: bottom + 17, classes: "soft")
    drawing.text("0", x: (left + right) / 2, y: bottom + 17, classes: "soft middle")
    drawing.text("+\(limit)", x: right, y: bottom + 17, classes: "soft end")
    drawing.text("\(to) minus \(from)", x: (left + right) / 2, y: bottom + 36, classes: "soft middle")
    drawing.text("\(Fixed.count(movement.down)) down", x: left, y: 16, classes: "strong")
    drawing.text("\(Fixed.count(movement.up)) up", x: right, y: 16, classes: "strong end")
    drawing.text("\(Fixed.count(movement.unchanged)) unchanged, not drawn", x: (left + right) / 2, y: 34, classes: "soft middle")
    return drawing.markup
  }

  // MARK: Alerts

  /// Alerts by day: the candidate beside the other, `instant` full and `same_day` pale above it.
  func alerts(_ load: AlertLoad) -> String {
    let columns = load.columns(atMost: 62)
    let (left, right, top, bottom) = (34.0, 752.0, 12.0, 176.0)
    func sum(_ count: AlertLoad.Count) -> Int { count.instant + count.sameDay }
    let most = columns.reduce(1) { max($0, sum($1.from), sum($1.to)) }
    var drawing = Drawing(
      width: 760, height: 206, title: "Alerts by day",
      description: "at most \(Fixed.count(most)) in \(columns.first.map { $0.days == 1 ? "a day" : "\($0.days) days" } ?? "a day")")
    let slot = (right - left) / Double(max(1, columns.count))
    let bar = min(26, slot * 0.4)
    func height(_ count: Int) -> Double { (bottom - top) * Double(count) / Double(most) }
    for share in [0.5, 1.0] {
      let y = bottom - (bottom - top) * share
      drawing.line(x1: left, y1: y, x2: right, y2: y, classes: "axis")
      drawing.text(share == 1 ? Fixed.count(most) : most % 2 == 0 ? Fixed.count(most / 2) : "", x: left - 6, y: y + 4, classes: "soft end")
    }
    for (index, column) in columns.enumerated() {
      let middle = left + (Double(index) + 0.5) * slot
      for (count, x, side) in [(column.from, middle - bar - 0.5, "a"), (column.to, middle + 0.5, "b")] where sum(count) > 0 {
        let tip =
          "\(ComparisonWords.day(column.start)), \(side == "a" ? from : to): \(Fixed.count(count.instant)) instant, \(Fixed.count(count.sameDay)) same day"
        let instant = height(count.instant)
        drawing.rectangle(x: x, y: bottom - instant, width: bar, height: instant, classes: "side-\(side)", tip: tip)
        drawing.rectangle(
          x: x, y: bottom - instant - height(count.sameDay), width: bar, height: height(count.sameDay), classes: "side-\(side)",
          opacity: 0.4,
          tip: tip)
      }
    }
    drawing.line(x1: left, y1: bottom, x2: right, y2: bottom, classes: "axis")
    for index in Set([0, columns.count / 2, columns.count - 1]).sorted() where columns.indices.contains(index) {
      let x = left + (Double(index) + 0.5) * slot
      let place = columns.count < 3 ? "middle" : index == 0 ? "" : index == columns.count - 1 ? "end" : "middle"
      let shift = place == "" ? -slot / 2 : place == "end" ? slot / 2 : 0
      drawing.text(ComparisonWords.day(columns[index].start), x: x + shift, y: bottom + 19, classes: "soft \(place)")
    }
    return drawing.markup
  }

  // MARK: Events

  /// What the five scores add to the total on both sides, and the threshold each total was held against.
  func contributions(_ from: Explanation, _ to: Explanation) -> String {
    let (left, full) = (156.0, 488.0)
    let scale = max(1, from.total, to.total)
    var drawing = Drawing(
      width: 760, height: 62, title: "What adds up to the totals",
      description: "\(self.from) \(Fixed.text(from.total, decimals: 3)), \(self.to) \(Fixed.text(to.total, decimals: 3))")
    for (row, side) in [(self.from, from), (self.to, to)].enumerated() {
      let y = Double(row) * 30 + 4
      drawing.text(side.0, x: left - 10, y: y + 16, classes: "soft end tiny")
      drawing.rectangle(x: left, y: y, width: full, height: 22, classes: "track", round: 3)
      var sum = 0.0
      for part in side.1.parts where part.contribution > 0 {
        let width = part.contribution / scale * full
        drawing.rectangle(
          x: left + sum, y: y, width: width, height: 22, classes: "s\(part.score.rawValue)",
          tip: "\(part.score.name) adds \(Fixed.text(part.contribution, decimals: 3))")
        sum += width
      }
      if side.1.threshold > 0, side.1.threshold <= scale {
        let x = left + side.1.threshold / scale * full
        drawing.line(x1: x, y1: y - 3, x2: x, y2: y + 25, classes: "threshold")
      }
      drawing.text(
        "\(Fixed.text(side.1.total, decimals: 3))  \(Names.plain(side.1.band))", x: left + full + 10, y: y + 16, classes: "strong")
    }
    return drawing.markup
  }
}
