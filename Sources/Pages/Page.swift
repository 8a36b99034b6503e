/// The frame of a page: head, colours, type; and pieces of its body.
public enum Page {
  /// A whole document.
  ///
  /// Well-formed as XML too, so that any parser reads it.
  /// - Parameters:
  ///   - title: text.
  ///   - sheet: rules of this page behind those that all have.
  ///   - body: markup, what stands in `main`.
  public static func document(title: String, sheet: String = "", body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
    <title>\(Markup.escape(title))</title>
    <style>
    \(PageSheet.rules)\(sheet)</style>
    </head>
    <body>
    <main>
    \(body)</main>
    </body>
    </html>

    """
  }

  /// A cell of a table: text, and how it stands.
  public struct Cell: Sendable {
    public var text: String
    public var isNumber: Bool
    /// Names of classes besides.
    public var classes: String

    public init(_ text: String, isNumber: Bool = false, classes: String = "") {
      self.text = text
      self.isNumber = isNumber
      self.classes = classes
    }
  }

  /// A table that scrolls by itself where the page is narrow. The first cell of a row is its heading.
  public static func table(caption: String? = nil, _ header: [String], _ rows: [[Cell]]) -> String {
    var html = "<div class=\"scroll\"><table>"
    if let caption { html += "<caption>\(Markup.escape(caption))</caption>" }
    let numeric = header.indices.map { column in rows.first.map { $0.count > column && $0[column].isNumber } ?? false }
    html += "<thead><tr>"
    for (column, name) in header.enumerated() {
      html += "<th scope=\"col\"\(numeric[column] ? " class=\"number\"" : "")>\(Markup.escape(name))</th>"
    }
    html += "</tr></thead><tbody>\n"
    for row in rows {
      html += "<tr>"
      for (column, cell) in row.enumerated() {
        let classes = (cell.isNumber ? "number " : "") + cell.classes
        let name = classes.isEmpty ? "" : " class=\"\(classes.hasSuffix(" ") ? String(classes.dropLast()) : classes)\""
        html += column == 0 ? "<th scope=\"row\"\(name)>" : "<td\(name)>"
        html += Markup.escape(cell.text) + (column == 0 ? "</th>" : "</td>")
      }
      html += "</tr>\n"
    }
    return html + "</tbody></table></div>\n"
  }

  /// Something that opens on demand; printed as it stands.
  public static func details(_ summary: String, open: Bool = false, _ body: String) -> String {
    "<details\(open ? " open=\"open\"" : "")><summary>\(Markup.escape(summary))</summary>\n<div class=\"body\">\n\(body)</div></details>\n"
  }
}
