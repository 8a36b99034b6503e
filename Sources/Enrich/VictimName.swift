import Events
import Model

/// The name of a robbed protocol, as far as lists agree on it.
///
/// Lists write `MonoX` and `MonoX Finance`, `LendfMe` and `Lendf.me`, `DFX V2` and `DFXFinance`: letters and digits alone count, in lower case,
/// without what a protocol's name may or may not end in. Too coarse to join by itself; with the day of the incident beside it it is not.
enum VictimName {
  private static let endings: [[UInt8]] = ["finance", "protocol", "network", "bridge", "swap", "dao"].map { Array($0.utf8) }

  /// The fingerprint of the name; `nil` where it has no letter or digit.
  static func fingerprint(_ bytes: [UInt8], in range: Range<Int>) -> UInt64? {
    var name: [UInt8] = []
    for byte in bytes[range] {
      if byte >= 0x80 || byte &- 0x30 < 10 || byte &- 0x61 < 26 { name.append(byte) } else if byte &- 0x41 < 26 { name.append(byte | 0x20) }
    }
    while let shorter = shortened(name) { name.removeLast(name.count - shorter) }
    return name.isEmpty ? nil : Fingerprint.of(name)
  }

  /// How much is left without one ending; `nil` where there is none, or it is nearly all of the name.
  private static func shortened(_ name: [UInt8]) -> Int? {
    if name.count >= 5, name[name.count - 1] &- 0x30 < 10, name[name.count - 2] == UInt8(ascii: "v") { return name.count - 2 }
    for ending in endings where name.count >= ending.count + 3 && name.suffix(ending.count).elementsEqual(ending) {
      return name.count - ending.count
    }
    return nil
  }
}

extension Event {
  /// Of an exploit: the fingerprint of its victim.
  var victim: UInt64? {
    guard kind == .exploit, let entity = entities.first(where: { $0.type == "protocol" && $0.isDeclared }) else { return nil }
    return VictimName.fingerprint(bytes, in: entity.id.range)
  }
}
