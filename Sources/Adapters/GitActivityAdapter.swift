import Events
import JSON
import Model

/// Commits and release tags of watched repositories, and descriptions of repositories.
enum GitActivity {
  /// A row with a tag is a release, one with a `sha` a commit.
  static func rows(_ aliases: RepositoryAliases) -> JSONRowsAdapter {
    JSONRowsAdapter { (source, node, raw) throws(Rejection) in
      source.member("tag", of: node) != nil ? try release(source, node, raw, aliases) : try commit(source, node, raw, aliases)
    }
  }

  private static func release(
    _ source: JSONSource, _ node: Int, _ raw: RawRecord, _ aliases: RepositoryAliases
  ) throws(Rejection) -> Event {
    var item = JSONItem(source, node, of: raw, kind: .repoRelease, domain: .ai)
    let repository = try item.requireRepository(item.require("repo"), aliases)
    try item.fact("tag", item.require("tag"))
    let tag = item.event.facts[item.event.facts.count - 1].value
    item.composeReleaseTitle(repository, tag)
    try item.time(item["released_at"])
    try item.body(item["subject"])
    try item.fact("commit", item["commit"])
    try item.fact("prerelease", item["prerelease"])
    return item.finish()
  }

  private static func commit(
    _ source: JSONSource, _ node: Int, _ raw: RawRecord, _ aliases: RepositoryAliases
  ) throws(Rejection) -> Event {
    var item = JSONItem(source, node, of: raw, kind: .repoPush, domain: .ai)
    let repository = try item.requireRepository(item.require("repo"), aliases)
    let sha = try item.text(item.require("sha"))
    item.joined("@", sha)
    item.event.facts.append(Fact("commit", sha))
    // Written, then committed: what happened is the writing, and a long way between the two makes a late arrival.
    try item.time(item["authored_at"] ?? item["committed_at"])
    if let subject = try item.optionalText(item["subject"]) {
      item.event.title = subject
    } else {
      item.event.title = item.event.naturalID
    }
    try item.entity("author", item["author"])
    try item.fact("merge", item["merge"])
    try item.metric("deletions", item["deletions"])
    try item.metric("files", item["files"])
    try item.metric("insertions", item["insertions"])
    item.composeGitHubURL(repository, "/commit/", sha)
    return item.finish()
  }

  /// What a repository says about itself.
  static func descriptions(_ aliases: RepositoryAliases) -> JSONRowsAdapter {
    JSONRowsAdapter { (source, node, raw) throws(Rejection) in
      var item = JSONItem(source, node, of: raw, kind: .generic, domain: .ai)
      let repository = try item.requireRepository(item.require("repo"), aliases)
      item.event.naturalID = item.event.entities[0].id
      item.event.title = repository
      try item.body(item["description"])
      try item.time(item["first_seen"])
      try item.fact("language", item["language"])
      try item.hints(item["language"])
      try item.metric("stars", item["stars_first"])
      item.composeGitHubURL(repository, "", nil)
      return item.finish()
    }
  }
}

extension JSONItem {
  mutating func requireRepository(_ node: Int, _ aliases: RepositoryAliases) throws(Rejection) -> Field {
    guard let field = try repository(node, aliases) else { throw .badType("owner/name was expected", at: source.offset(node)) }
    return field
  }

  /// Makes the natural id: the repository's present name, a separator, and what it is about.
  mutating func joined(_ separator: StaticString, _ after: Field) {
    let start = event.bytes.count
    if let repository = event.entities.first(where: { $0.type == "repository" }) { event.bytes.appendCopy(of: repository.id.range) }
    event.bytes.append(separator)
    event.bytes.appendCopy(of: after.range)
    event.naturalID = Field(start..<event.bytes.count, from: nil)
  }

  /// `owner/name tag` as a title, `owner/name@tag` as the natural id, and the release's page.
  mutating func composeReleaseTitle(_ repository: Field, _ tag: Field) {
    let start = event.bytes.count
    event.bytes.appendCopy(of: repository.range)
    event.bytes.append(0x20)
    event.bytes.appendCopy(of: tag.range)
    event.title = Field(start..<event.bytes.count, from: nil)
    joined("@", tag)
    composeGitHubURL(repository, "/releases/tag/", tag)
  }

  mutating func composeGitHubURL(_ repository: Field, _ middle: StaticString, _ last: Field?) {
    var link: [UInt8] = []
    link.append("https://github.com/")
    link.append(contentsOf: event.bytes[repository.range])
    link.append(middle)
    if let last { link.append(contentsOf: event.bytes[last.range]) }
    let start = event.bytes.count
    if URLCanonicalizer.append(link, in: 0..<link.count, to: &event.bytes) { event.url = Field(start..<event.bytes.count, from: nil) }
  }
}
