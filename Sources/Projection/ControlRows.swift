import JSON
import Model

extension ProjectionFold {
  /// What governed the fold: a configuration, a tick, a retraction. A configuration whose scorer is another than the one before is a promotion.
  ///
  /// Promotions are read here and not off the labels of evaluations: under a canary these change with every event.
  /// - Returns: what is missing; `nil` where the rows were made.
  mutating func addControl(_ source: Source, _ json: JSONDocument) -> StaticString? {
    let partition = partition
    func header(_ name: StaticString) -> String? { source.header(name).map { Self.storable($0.utf8) } }
    guard let type = header("ce_type") else { return "its type" }
    let scorer = json.scorerLabel(json.member("score", of: json.root))
    let canary = json.member("canary", of: json.root)
    let reason = header("prowzi-reason")
    write(.controls) { row in
      row.smallint(partition)
      row.bigint(source.offset)
      row.text(source.tenant)
      row.text(type)
      row.time(source.observedAt)
      row.text(header("prowzi-config"))
      row.text(reason)
      row.text(scorer)
      row.text(json.scorerLabel(json.member("scorer", of: canary)))
      row.double(json.double(json.member("percent", of: canary)))
      row.json(json, json.root, otherwise: "{}")
    }
    guard let scorer, scorer != lastScorer else { return nil }
    let previous = lastScorer
    write(.promotions) { row in
      row.smallint(partition)
      row.bigint(source.offset)
      // Which scorer governs is no tenant's secret.
      row.text("shared")
      row.text(scorer)
      row.text(previous.isEmpty ? nil : previous)
      row.text(reason)
      row.time(source.observedAt)
    }
    lastScorer = scorer
    return nil
  }

  /// A registered scorer: its whole document.
  /// - Returns: what is missing; `nil` where the row was made.
  mutating func addScorerDocument(_ source: Source, _ json: JSONDocument) -> StaticString? {
    let partition = partition
    guard let label = json.scorerLabel(json.root) else { return "name and version" }
    write(.scorerDocuments) { row in
      row.text(label)
      row.bigint(source.offset)
      row.text(source.tenant)
      row.smallint(partition)
      row.text(json.text("name", of: json.root))
      row.text(json.int64("version", of: json.root).map { "\($0)" })
      row.time(source.observedAt)
      row.json(json, json.root, otherwise: "{}")
    }
    return nil
  }
}

extension JSONDocument {
  /// `name@version` of a scorer's document.
  fileprivate func scorerLabel(_ node: Int?) -> String? {
    guard let node, let name = text("name", of: node), let version = int64("version", of: node) else { return nil }
    return "\(name)@\(version)"
  }
}
