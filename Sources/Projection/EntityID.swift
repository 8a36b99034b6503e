import Model

/// The id of an entity: a function of its type and name, the same in every tenant and on every machine.
///
/// *Shape*: the first bits of SHA-256 over type and name, each with its 64-bit length before it, as a UUID of version 8. The function `entity_id` of the
/// schema gives the same.
public enum EntityID {
  public static func of(type: some Collection<UInt8>, name: some Collection<UInt8>) -> EventID {
    var hash = NameHash()
    hash.add(Array(type).span)
    hash.add(Array(name).span)
    let words = hash.finish().words
    return EventID(
      high: words.0 & 0xffff_ffff_ffff_0fff | 0x8000, low: words.1 & 0x0fff_ffff_ffff_ffff | 0x8000_0000_0000_0000)
  }

  public static func of(type: String, name: String) -> EventID { of(type: Array(type.utf8), name: Array(name.utf8)) }
}
