import Events
import Model
import State

extension Story: Checkpointable {
  func write(to writer: inout StateWriter) {
    writer.id(id)
    writer.id(brief)
    writer.text(tenant)
    writer.time(firstSeenAt)
    writer.count(revision)
    writer.time(attemptedAt)
    writer.unsigned(UInt64(band.rawValue))
    writer.optional(expiresAt) { $1.time($0) }
    lead.write(to: &writer)
    peak.place.write(to: &writer)
    for index in Score.allCases.indices {
      writer.double(peak.values[index])
      writer.double(peak.contributions[index])
    }
    writer.double(peak.total)
    writer.double(maximumImpact)
    latest.write(to: &writer)
    decider.write(to: &writer)
    writer.signed(Int64(sources))
    writer.signed(Int64(clusterSize))
    writer.double(confidence)
    writer.count(events.count)
    for event in events { writer.id(event) }
    writer.optional(conflict) { conflict, writer in
      for figure in [conflict.newer, conflict.older] {
        figure.number.write(to: &writer)
        figure.place.write(to: &writer)
        writer.text(figure.source)
      }
    }
    writer.bool(isPending)
    writer.bool(isRetracted)
    writer.bool(isLeadRetracted)
  }

  init(from reader: inout StateReader) throws(ProwziError) {
    id = try reader.id()
    brief = try reader.id()
    tenant = try reader.text()
    firstSeenAt = try reader.time()
    revision = Int(truncatingIfNeeded: try reader.unsigned())
    attemptedAt = try reader.time()
    guard let band = UrgencyBand(rawValue: UInt8(truncatingIfNeeded: try reader.unsigned())) else {
      throw ProwziError("state.corrupt", "there is no such band", place: "byte \(reader.position)")
    }
    self.band = band
    expiresAt = try reader.bool() ? try reader.time() : nil
    lead = try Member(from: &reader)
    let place = try RecordPlace(from: &reader)
    var values: [Double] = []
    var contributions: [Double] = []
    for _ in Score.allCases {
      values.append(try reader.double())
      contributions.append(try reader.double())
    }
    peak = Evaluation(place: place, values: values, contributions: contributions, total: try reader.double())
    maximumImpact = try reader.double()
    latest = try RecordPlace(from: &reader)
    decider = try RecordPlace(from: &reader)
    sources = try reader.int()
    clusterSize = try reader.int()
    confidence = try reader.double()
    events = []
    for _ in 0..<(try reader.count()) { events.append(try reader.id()) }
    conflict = try reader.bool() ? Conflict(newer: try Figure(from: &reader), older: try Figure(from: &reader)) : nil
    isPending = try reader.bool()
    isRetracted = try reader.bool()
    isLeadRetracted = try reader.bool()
  }
}

extension Story.Figure {
  init(from reader: inout StateReader) throws(ProwziError) {
    number = try Member.Number(from: &reader)
    place = try RecordPlace(from: &reader)
    source = try reader.text()
  }
}
