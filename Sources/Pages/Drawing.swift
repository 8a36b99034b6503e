/// A drawing in SVG, described for those who do not see it.
///
/// Colours come from classes, so that the page's sheet decides about light and dark. Coordinates have one decimal, by integer arithmetic.
public struct Drawing: Sendable {
  private var shapes = ""
  private let width: Int
  private let height: Int
  private let title: String
  private let description: String

  /// - Parameters:
  ///   - title: what it is, a few words.
  ///   - description: what it shows, a sentence.
  public init(width: Int, height: Int, title: String, description: String) {
    self.width = width
    self.height = height
    self.title = title
    self.description = description
  }

  public var markup: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" role="img" aria-label="\(Markup.escape("\(title). \(description)"))">
    <title>\(Markup.escape(title))</title>
    \(shapes)</svg>

    """
  }

  /// `12.5`, `-3`: one decimal at most.
  public static func coordinate(_ value: Double) -> String {
    let tenths = Int(value * 10 + (value < 0 ? -0.5 : 0.5))
    let sign = tenths < 0 ? "-" : ""
    let whole = tenths.magnitude / 10
    return tenths % 10 == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(tenths.magnitude % 10)"
  }

  /// - Parameters:
  ///   - opacity: 0…1.
  ///   - tip: shown where the pointer rests.
  public mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, classes: String, opacity: Double? = nil, round: Int = 0, tip: String? = nil
  ) {
    shapes += "<rect class=\"\(classes)\" x=\"\(Self.coordinate(x))\" y=\"\(Self.coordinate(y))\""
    shapes += " width=\"\(Self.coordinate(max(0, width)))\" height=\"\(Self.coordinate(max(0, height)))\""
    if round > 0 { shapes += " rx=\"\(round)\"" }
    if let opacity { shapes += " opacity=\"\(Self.hundredths(opacity))\"" }
    shapes += tip.map { "><title>\(Markup.escape($0))</title></rect>\n" } ?? "/>\n"
  }

  public mutating func line(x1: Double, y1: Double, x2: Double, y2: Double, classes: String) {
    shapes += "<line class=\"\(classes)\" x1=\"\(Self.coordinate(x1))\" y1=\"\(Self.coordinate(y1))\""
    shapes += " x2=\"\(Self.coordinate(x2))\" y2=\"\(Self.coordinate(y2))\"/>\n"
  }

  public mutating func path(_ points: [(x: Double, y: Double)], closed: Bool = false, classes: String) {
    guard let first = points.first else { return }
    shapes += "<path class=\"\(classes)\" d=\"M\(Self.coordinate(first.x)) \(Self.coordinate(first.y))"
    for point in points.dropFirst() { shapes += "L\(Self.coordinate(point.x)) \(Self.coordinate(point.y))" }
    shapes += closed ? "Z\"/>\n" : "\"/>\n"
  }

  public mutating func text(_ text: String, x: Double, y: Double, classes: String = "", rotated: Bool = false) {
    let name = classes.isEmpty ? "" : " class=\"\(classes)\""
    let turn = rotated ? " transform=\"rotate(-90 \(Self.coordinate(x)) \(Self.coordinate(y)))\"" : ""
    shapes += "<text\(name) x=\"\(Self.coordinate(x))\" y=\"\(Self.coordinate(y))\"\(turn)>\(Markup.escape(text))</text>\n"
  }

  private static func hundredths(_ value: Double) -> String {
    let hundredths = Int(max(0, min(1, value)) * 100 + 0.5)
    return hundredths == 100 ? "1" : hundredths < 10 ? "0.0\(hundredths)" : "0.\(hundredths)"
  }
}
