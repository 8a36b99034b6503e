import Events
import Model
import State

extension Member: Checkpointable {
  func write(to writer: inout StateWriter) {
    place.write(to: &writer)
    writer.unsigned(UInt64(kind.rawValue))
    writer.unsigned(UInt64(domain.rawValue))
    writer.text(source)
    writer.time(observedAt)
    writer.time(occurredAt)
    writer.unsigned(UInt64(flags.rawValue))
    writer.bool(isRevision)
    writer.double(impact)
    for piece in [title, body, url, hint] { writer.optional(piece) { $0.write(to: &$1) } }
    for list in [facts, entities] {
      writer.count(list.count)
      for entry in list {
        writer.text(entry.name)
        entry.value.write(to: &writer)
      }
    }
    writer.count(numbers.count)
    for entry in numbers {
      writer.text(entry.name)
      entry.value.write(to: &writer)
    }
    writer.optional(previousStars) { $0.write(to: &$1) }
    writer.optional(previousPrice) { $0.write(to: &$1) }
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    place = try RecordPlace(from: &reader)
    guard let kind = Kind(rawValue: UInt8(truncatingIfNeeded: try reader.unsigned())),
      let domain = Domain(rawValue: UInt8(truncatingIfNeeded: try reader.unsigned()))
    else { throw ProwziError("state.corrupt", "there is no such kind or domain", place: "byte \(reader.position)") }
    self.kind = kind
    self.domain = domain
    source = try reader.text()
    observedAt = try reader.time()
    occurredAt = try reader.time()
    flags = EventFlags(rawValue: UInt16(truncatingIfNeeded: try reader.unsigned()))
    isRevision = try reader.bool()
    impact = try reader.double()
    title = try reader.bool() ? try Piece(from: &reader) : nil
    body = try reader.bool() ? try Piece(from: &reader) : nil
    url = try reader.bool() ? try Piece(from: &reader) : nil
    hint = try reader.bool() ? try Piece(from: &reader) : nil
    for _ in 0..<(try reader.count()) { facts.append(Named(name: try reader.text(), value: try Piece(from: &reader))) }
    for _ in 0..<(try reader.count()) { entities.append(Named(name: try reader.text(), value: try Piece(from: &reader))) }
    for _ in 0..<(try reader.count()) { numbers.append(Named(name: try reader.text(), value: try Number(from: &reader))) }
    previousStars = try reader.bool() ? try Prior(from: &reader) : nil
    previousPrice = try reader.bool() ? try Prior(from: &reader) : nil
  }
}

extension Member.Piece {
  func write(to writer: inout StateWriter) {
    writer.text(field)
    writer.blob(text)
    writer.bool(isCut)
    writer.span(span)
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    field = try reader.text()
    text = try reader.blob()
    isCut = try reader.bool()
    span = try reader.span()
  }
}

extension Member.Number {
  func write(to writer: inout StateWriter) {
    writer.text(field)
    writer.double(value)
    writer.span(span)
    writer.unsigned(UInt64(basis.rawValue))
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    field = try reader.text()
    value = try reader.double()
    span = try reader.span()
    guard let basis = Binding.Basis(rawValue: UInt8(truncatingIfNeeded: try reader.unsigned())) else {
      throw ProwziError("state.corrupt", "there is no such basis", place: "byte \(reader.position)")
    }
    self.basis = basis
  }
}

extension Prior {
  func write(to writer: inout StateWriter) {
    number.write(to: &writer)
    place.write(to: &writer)
    writer.text(source)
    writer.time(observedAt)
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    number = try Member.Number(from: &reader)
    place = try RecordPlace(from: &reader)
    source = try reader.text()
    observedAt = try reader.time()
  }
}

extension StateWriter {
  mutating func optional<Value>(_ value: Value?, _ body: (Value, inout StateWriter) -> Void) {
    bool(value != nil)
    if let value { body(value, &self) }
  }
}
