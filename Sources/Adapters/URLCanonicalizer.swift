import Model

/// Web addresses in one form, so that one page has one address.
///
/// Lower-case scheme and host, no user name, no default port, no fragment, no tracking parameters, parameters sorted, percent-encoding in
/// one spelling (RFC 3986, section 6.2.2). The path's letters, its trailing slash and `www.` are kept: they can mean something.
///
/// *Determinism*: a function of the bytes. *Complexity*: linear, and n log n in the number of parameters.
public enum URLCanonicalizer {
  /// Parameters that say how a reader came, not what is read. `utm_` and others count as prefixes.
  private static let prefixes: [StaticString] = ["utm_", "at_medium", "at_campaign", "at_custom", "guce_", "oly_", "_hs", "pk_", "mtm_"]
  private static let names: [StaticString] = [
    "gclid", "dclid", "gbraid", "wbraid", "fbclid", "msclkid", "twclid", "yclid", "igshid", "igsh", "mc_cid", "mc_eid", "ref", "ref_src",
    "ref_url", "referrer", "ncid", "cmpid", "icid", "spm", "mkt_tok", "vero_id", "guccounter", "tpcc", "sref", "share_id", "si",
  ]

  /// The canonical form, or `nil` for what is no absolute `http` or `https` address.
  public static func canonical(_ url: [UInt8]) -> [UInt8]? {
    var output: [UInt8] = []
    return append(url, in: 0..<url.count, to: &output) ? output : nil
  }

  /// Appends the canonical form.
  /// - Returns: `false`, with nothing appended, for what is no absolute `http` or `https` address of at most 8 KiB.
  public static func append(_ bytes: [UInt8], in whole: Range<Int>, to output: inout [UInt8]) -> Bool {
    var at = whole.lowerBound
    var end = whole.upperBound
    while at < end, bytes[at] <= 0x20 { at += 1 }
    while end > at, bytes[end - 1] <= 0x20 { end -= 1 }
    guard end - at <= 8192 else { return false }
    let isSecure = end - at > 8 && bytes.matches("https://", in: at..<at + 8)
    guard isSecure || (end - at > 7 && bytes.matches("http://", in: at..<at + 7)) else { return false }
    at += isSecure ? 8 : 7

    func index(of stops: StaticString, from start: Int) -> Int {
      var i = start
      while i < end {
        for k in 0..<stops.utf8CodeUnitCount where unsafe bytes[i] == stops.utf8Start[k] { return i }
        i += 1
      }
      return end
    }
    let authorityEnd = index(of: "/?#", from: at)
    let pathEnd = index(of: "?#", from: authorityEnd)
    let queryEnd = index(of: "#", from: pathEnd)
    guard var host = hostRange(bytes, at..<authorityEnd) else { return false }
    let port = portRange(bytes, host)
    if let port { host = host.lowerBound..<port.lowerBound - 1 }
    if !host.isEmpty, bytes[host.upperBound - 1] == UInt8(ascii: ".") { host = host.lowerBound..<host.upperBound - 1 }
    guard !host.isEmpty else { return false }

    output.append(isSecure ? "https://" : "http://")
    let hostStart = output.count
    output.append(contentsOf: bytes[host])
    output.lowercaseASCII(from: hostStart)
    if let port, !port.isEmpty, !bytes.matches(isSecure ? "443" : "80", in: port) {
      output.append(UInt8(ascii: ":"))
      output.append(contentsOf: bytes[port])
    }
    if authorityEnd == pathEnd { output.append(UInt8(ascii: "/")) }
    appendNormalized(bytes, authorityEnd..<pathEnd, to: &output)
    if pathEnd < queryEnd { appendQuery(bytes, pathEnd + 1..<queryEnd, to: &output) }
    return true
  }

  /// Behind the user name. Bytes that no host has make the address unusable.
  private static func hostRange(_ bytes: [UInt8], _ range: Range<Int>) -> Range<Int>? {
    var start = range.lowerBound
    for i in range where bytes[i] == UInt8(ascii: "@") { start = i + 1 }
    for i in start..<range.upperBound where bytes[i] <= 0x20 || bytes[i] == UInt8(ascii: "<") || bytes[i] == UInt8(ascii: "\"") {
      return nil
    }
    return start..<range.upperBound
  }

  private static func portRange(_ bytes: [UInt8], _ host: Range<Int>) -> Range<Int>? {
    var i = host.upperBound
    while i > host.lowerBound, bytes[i - 1] &- 0x30 < 10 { i -= 1 }
    return i > host.lowerBound && bytes[i - 1] == UInt8(ascii: ":") ? i..<host.upperBound : nil
  }

  private static func appendQuery(_ bytes: [UInt8], _ range: Range<Int>, to output: inout [UInt8]) {
    var parameters: [[UInt8]] = []
    var start = range.lowerBound
    while start <= range.upperBound {
      var stop = start
      while stop < range.upperBound, bytes[stop] != UInt8(ascii: "&") { stop += 1 }
      if stop > start, !isTracking(bytes, start..<stop) {
        var parameter: [UInt8] = []
        appendNormalized(bytes, start..<stop, to: &parameter)
        parameters.append(parameter)
      }
      start = stop + 1
    }
    parameters.sort { $0.lexicographicallyPrecedes($1) }
    for (index, parameter) in parameters.enumerated() {
      output.append(index == 0 ? UInt8(ascii: "?") : UInt8(ascii: "&"))
      output.append(contentsOf: parameter)
    }
  }

  private static func isTracking(_ bytes: [UInt8], _ parameter: Range<Int>) -> Bool {
    var end = parameter.lowerBound
    while end < parameter.upperBound, bytes[end] != UInt8(ascii: "=") { end += 1 }
    let name = parameter.lowerBound..<end
    for prefix in prefixes where name.count >= prefix.utf8CodeUnitCount {
      if bytes.matches(prefix, in: name.lowerBound..<name.lowerBound + prefix.utf8CodeUnitCount) { return true }
    }
    return names.contains { bytes.matches($0, in: name) }
  }

  /// Escapes of unreserved characters resolved, other escapes in capitals, bytes that may not stand bare escaped.
  private static func appendNormalized(_ bytes: [UInt8], _ range: Range<Int>, to output: inout [UInt8]) {
    var i = range.lowerBound
    while i < range.upperBound {
      let byte = bytes[i]
      if byte == UInt8(ascii: "%"), i + 2 < range.upperBound, let high = hexValue(bytes[i + 1]), let low = hexValue(bytes[i + 2]) {
        let value = high << 4 | low
        if isUnreserved(value) { output.append(value) } else { appendEscape(value, to: &output) }
        i += 3
        continue
      }
      if byte <= 0x20 || byte >= 0x7f || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">")
        || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "^") || byte == UInt8(ascii: "`")
        || (byte >= UInt8(ascii: "{") && byte <= UInt8(ascii: "}"))
        || byte == UInt8(ascii: "%")
      {
        appendEscape(byte, to: &output)
      } else {
        output.append(byte)
      }
      i += 1
    }
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    byte &- 0x30 < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "~")
  }

  private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "%"))
    for digit in [byte >> 4, byte & 15] { output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10) }
  }
}
