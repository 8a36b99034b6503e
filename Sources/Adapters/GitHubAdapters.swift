import Events
import JSON
import Model

/// GitHub's webhooks, its events API, and what else its API answers.
enum GitHub {
  /// A recorded webhook: the header's event name and the body.
  static func webhooks(_ aliases: RepositoryAliases) -> JSONRowsAdapter {
    JSONRowsAdapter { (source, node, raw) throws(Rejection) in try webhook(source, node, raw, aliases) }
  }

  static func webhook(
    _ source: JSONSource, _ node: Int, _ raw: RawRecord, _ aliases: RepositoryAliases
  ) throws(Rejection) -> Event {
    guard let type = source.member("x_github_event", of: node) else { throw .missing("x_github_event", at: source.offset(node)) }
    guard source.document.kind(type) == .string else { throw .badType("the event's name is not a text", at: source.offset(type)) }
    guard let payload = source.member("payload", of: node) else { throw .missing("payload", at: source.offset(node)) }
    guard source.document.kind(payload) == .object else { throw .badType("the payload is not an object", at: source.offset(payload)) }
    let topic = GitHubActivity.topic(source, type)
    var item = JSONItem(source, node, of: raw, kind: GitHubActivity.kind(topic), domain: .ai)
    let repository = try item.repository(source.member("full_name", of: source.member("repository", of: payload)), aliases)
    var reading = GitHubPayload(item: item, payload: payload, topic: topic, type: type, repository: repository, aliases: aliases)
    try reading.read()
    item = reading.item
    if topic == .release || topic == .advisory {
      // A release or an advisory told of again is a revision of the same item.
      if !item.event.naturalID.isEmpty { return item.finish() }
    } else if topic == .push, !item.event.naturalID.isEmpty {
      return item.finish()
    }
    item.setHashID(type, payload)
    return item.finish()
  }

  /// One event of the events API.
  static func event(_ source: JSONSource, _ node: Int, _ raw: RawRecord, _ aliases: RepositoryAliases) throws(Rejection) -> Event {
    guard let type = source.member("type", of: node) else { throw .missing("type", at: source.offset(node)) }
    guard let payload = source.member("payload", of: node) else { throw .missing("payload", at: source.offset(node)) }
    guard source.document.kind(payload) == .object else { throw .badType("the payload is not an object", at: source.offset(payload)) }
    let topic = GitHubActivity.topic(source, type)
    var item = JSONItem(source, node, of: raw, kind: GitHubActivity.kind(topic), domain: .ai)
    let repository = try item.repository(source.member("name", of: source.member("repo", of: node)), aliases)
    var reading = GitHubPayload(item: item, payload: payload, topic: topic, type: type, repository: repository, aliases: aliases)
    try reading.read()
    item = reading.item
    try item.id("id")
    try item.time(item["created_at"])
    try item.fact("actor", item["actor", "login"])
    return item.finish()
  }

  /// What the API answers: events, advisories, releases, commits, repositories. Anything else is known to be none of ours.
  static func resources(_ aliases: RepositoryAliases) -> JSONRowsAdapter {
    JSONRowsAdapter { (source, node, raw) throws(Rejection) in
      func has(_ name: StaticString) -> Bool { source.document.member(name, of: node) != nil }
      if has("x_github_event") { return try webhook(source, node, raw, aliases) }
      if has("payload"), has("repo") { return try event(source, node, raw, aliases) }
      if has("ghsa_id") { return try advisory(source, node, raw, aliases) }
      if has("tag_name") { return try release(source, node, raw, aliases) }
      if has("sha"), has("commit") { return try commit(source, node, raw) }
      if has("full_name"), has("forks_count") { return try repository(source, node, raw, aliases) }
      throw Rejection("source.unknown", "the resource is none that events are made of", at: source.offset(node))
    }
  }

  private static func advisory(
    _ source: JSONSource, _ node: Int, _ raw: RawRecord, _ aliases: RepositoryAliases
  ) throws(Rejection) -> Event {
    var reading = GitHubPayload(
      item: JSONItem(source, node, of: raw, kind: .advisory, domain: .ai), payload: node, topic: .other, type: node, repository: nil,
      aliases: aliases)
    try reading.readAdvisory(node)
    guard !reading.item.event.naturalID.isEmpty else { throw .missing("ghsa_id", at: source.offset(node)) }
    return reading.item.finish()
  }

  private static func release(
    _ source: JSONSource, _ node: Int, _ raw: RawRecord, _ aliases: RepositoryAliases
  ) throws(Rejection) -> Event {
    var item = JSONItem(source, node, of: raw, kind: .repoRelease, domain: .ai)
    // `https://api.github.com/repos/owner/name/releases/1` names the repository.
    let repository = try repositoryInURL(&item, item["url"], aliases)
    var reading = GitHubPayload(item: item, payload: node, topic: .release, type: node, repository: repository, aliases: aliases)
    try reading.readRelease(node)
    return reading.item.finish()
  }

  private static func repositoryInURL(_ item: inout JSONItem, _ node: Int?, _ aliases: RepositoryAliases) throws(Rejection) -> Field? {
    guard let node, item.kind(node) == .string else { return nil }
    let document = item.source.document
    guard let start = document.bytes.firstIndex(of: "/repos/", in: document.range(node))?.advanced(by: 7) else { return nil }
    var end = start
    var slashes = 0
    while end < document.range(node).upperBound {
      if document.bytes[end] == UInt8(ascii: "/") { slashes += 1 }
      if slashes == 2 { break }
      end += 1
    }
    guard slashes >= 1 else { return nil }
    let span = SourceSpan(item.source.rawRange(start..<end), item.source.span(node).encoding)
    let field = item.event.store(document.bytes[start..<end], from: span)
    let lower = item.event.bytes.count
    item.event.bytes.appendCopy(of: field.range)
    item.event.bytes.lowercaseASCII(from: lower)
    item.event.entities.append(Entity(type: "repository", id: Field(lower..<item.event.bytes.count, from: span), isDeclared: true))
    return field
  }

  private static func commit(_ source: JSONSource, _ node: Int, _ raw: RawRecord) throws(Rejection) -> Event {
    var item = JSONItem(source, node, of: raw, kind: .repoPush, domain: .ai)
    try item.id("sha")
    item.event.facts.append(Fact("commit", item.event.naturalID))
    let commit = item["commit"]
    item.event.title = try item.optionalText(source.member("message", of: commit)) ?? item.event.naturalID
    try item.time(source.member("date", of: source.member("author", of: commit)))
    try item.url(item["html_url"])
    return item.finish()
  }

  private static func repository(
    _ source: JSONSource, _ node: Int, _ raw: RawRecord, _ aliases: RepositoryAliases
  ) throws(Rejection) -> Event {
    var item = JSONItem(source, node, of: raw, kind: .generic, domain: .ai)
    item.event.title = try item.requireRepository(item.require("full_name"), aliases)
    item.event.naturalID = item.event.entities[0].id
    try item.body(item["description"])
    try item.time(item["updated_at"] ?? item["created_at"])
    try item.url(item["html_url"])
    try item.fact("language", item["language"])
    try item.metric("forks", item["forks_count"])
    try item.metric("stars", item["stargazers_count"])
    return item.finish()
  }
}

extension JSONItem {
  /// For what has no name of its own: the event's name and the beginning of the payload's SHA-256.
  mutating func setHashID(_ type: Int, _ payload: Int) {
    let start = event.bytes.count
    event.bytes.append(contentsOf: source.document.bytes[source.document.range(type)])
    event.bytes.append(UInt8(ascii: ":"))
    SHA256.digest(of: source.document.bytes, in: source.document.range(payload)).appendHex(to: &event.bytes, digits: 16)
    event.naturalID = Field(start..<event.bytes.count, from: nil)
  }
}
