import Events
import JSON
import Model

/// What happens on GitHub, under the names that webhooks use; the events API's `PushEvent` is the webhook's `push`.
enum GitHubActivity {
  /// Webhook names that get a reading of their own; all others become `generic` events with a plain title.
  enum Topic {
    case push, release, star, fork, issue, pullRequest, advisory, reference, repository, other
  }

  private static let topics: [(webhook: StaticString, api: StaticString, topic: Topic)] = [
    ("push", "pushevent", .push), ("release", "releaseevent", .release), ("star", "starevent", .star), ("watch", "watchevent", .star),
    ("fork", "forkevent", .fork), ("issues", "issuesevent", .issue), ("pull_request", "pullrequestevent", .pullRequest),
    ("security_advisory", "securityadvisoryevent", .advisory), ("repository_advisory", "repositoryadvisoryevent", .advisory),
    ("dependabot_alert", "dependabotalertevent", .advisory),
    ("repository_vulnerability_alert", "repositoryvulnerabilityalertevent", .advisory),
    ("create", "createevent", .reference), ("delete", "deleteevent", .reference), ("repository", "repositoryevent", .repository),
    ("public", "publicevent", .repository),
  ]

  static func topic(_ source: JSONSource, _ type: Int) -> Topic {
    topics.first { source.says($0.webhook, type) || source.says($0.api, type) }?.topic ?? .other
  }

  static func kind(_ topic: Topic) -> Kind {
    switch topic {
    case .push: .repoPush
    case .release: .repoRelease
    case .star: .repoStars
    case .advisory: .advisory
    default: .generic
    }
  }
}

/// Reads the part that webhooks and the events API have in common: the payload.
struct GitHubPayload {
  var item: JSONItem
  let payload: Int
  let topic: GitHubActivity.Topic
  /// The event's name as the source writes it.
  let type: Int
  /// `owner/name` as the source writes it.
  var repository: Field?
  let aliases: RepositoryAliases

  private var source: JSONSource { item.source }

  private subscript(_ name: StaticString) -> Int? { source.member(name, of: payload) }

  /// Fills title, body, facts, metrics and link. The natural id is set where the payload has a name of its own for what happened.
  mutating func read() throws(Rejection) {
    try item.fact("event", type)
    try item.fact("action", self["action"])
    if let sender = source.member("login", of: self["sender"]) { try item.fact("actor", sender) }
    switch topic {
    case .push: try readPush()
    case .release: try readRelease()
    case .star: try readStar()
    case .advisory: try readAdvisory()
    case .fork: compose(["Forked"], about: try optional("full_name", of: self["forkee"]))
    case .issue: try readDiscussed(self["issue"], "Issue")
    case .pullRequest: try readDiscussed(self["pull_request"], "Pull request")
    case .reference: try readReference()
    case .repository: try readRepository()
    case .other: try readOther()
    }
  }

  private mutating func optional(_ name: StaticString, of node: Int?) throws(Rejection) -> Field? {
    try item.optionalText(source.member(name, of: node))
  }

  /// A title of our own words: the words, what they are about, and the repository.
  private mutating func compose(_ words: [StaticString], about: Field? = nil) {
    let start = item.event.bytes.count
    if let repository {
      item.event.bytes.appendCopy(of: repository.range)
      item.event.bytes.append(": ")
    }
    for (index, word) in words.enumerated() {
      if index > 0 { item.event.bytes.append(0x20) }
      item.event.bytes.append(word)
    }
    if let about {
      item.event.bytes.append(0x20)
      item.event.bytes.appendCopy(of: about.range)
    }
    item.event.bytes.collapseSpace(from: start)
    item.event.title = item.event.endField(from: start, span: nil)
  }

  private mutating func readPush() throws(Rejection) {
    let reference = try optional("ref", of: payload)
    let head = try item.optionalText(self["after"] ?? self["head"])
    let commits = source.document.elements(of: self["commits"])
    let last = self["head_commit"] ?? commits.last
    try item.metric("commits", self["size"])
    if self["size"] == nil { item.event.metrics.append(Metric("commits", Double(commits.count), from: nil)) }
    if let reference { item.event.facts.append(Fact("ref", reference)) }
    if let head { item.event.facts.append(Fact("commit", head)) }
    if let reference {
      if let head { setID(reference, head) }
    }
    try item.time(source.member("timestamp", of: last))
    try item.url(source.member("html_url", of: last) ?? self["compare"])
    if source.document.bool(self["deleted"]) == true {
      compose(["Deleted"], about: reference)
    } else if let last, let message = try optional("message", of: last) {
      item.event.title = message
      cutToFirstLine(source.member("message", of: last))
    } else {
      compose(["Pushed to"], about: reference)
    }
  }

  /// `owner/name@refs/heads/main:sha`.
  private mutating func setID(_ reference: Field, _ head: Field) {
    let start = item.event.bytes.count
    if let repository { item.event.bytes.appendCopy(of: repository.range) }
    item.event.bytes.lowercaseASCII(from: start)
    item.event.bytes.append(UInt8(ascii: "@"))
    item.event.bytes.appendCopy(of: reference.range)
    item.event.bytes.append(UInt8(ascii: ":"))
    item.event.bytes.appendCopy(of: head.range)
    item.event.naturalID = Field(start..<item.event.bytes.count, from: nil)
  }

  /// A commit message's first line is its title. Where the raw spelling has a line break the span ends there too.
  private mutating func cutToFirstLine(_ node: Int?) {
    guard let node, let title = item.event.title, let whole = title.span else { return }
    let document = source.document
    var message: [UInt8] = []
    document.appendString(node, to: &message)
    guard let lineEnd = message.firstIndex(where: { $0 == 0x0a || $0 == 0x0d }), lineEnd > 0 else { return }
    let part = DecodedText(plain: document.bytes, in: document.range(node)).jsonDecoded.rawRange(of: 0..<lineEnd)
    let start = item.event.bytes.count
    item.event.bytes.append(contentsOf: message[..<lineEnd])
    item.event.bytes.collapseSpace(from: start)
    guard item.event.bytes.count > start else { return }
    item.event.title = item.event.endField(from: start, span: SourceSpan(source.rawRange(part), whole.encoding))
    try? item.body(node)
  }

  mutating func readRelease(_ given: Int? = nil) throws(Rejection) {
    guard let release = given ?? self["release"] else { throw .missing("release", at: source.offset(payload)) }
    guard let tagNode = source.member("tag_name", of: release) else { throw .missing("tag_name", at: source.offset(release)) }
    let tag = try item.text(tagNode)
    item.event.facts.append(Fact("tag", tag))
    let name = try optional("name", of: release)
    if let repository {
      item.composeReleaseTitle(repository, tag)
    } else {
      item.event.title = name ?? tag
    }
    if let id = source.member("id", of: release) { item.event.naturalID = try item.text(id) }
    if let name { item.event.facts.append(Fact("name", name)) }
    try item.body(source.member("body", of: release))
    try item.url(source.member("html_url", of: release))
    try item.time(source.member("published_at", of: release) ?? source.member("created_at", of: release))
    try item.fact("prerelease", source.member("prerelease", of: release))
  }

  private mutating func readStar() throws(Rejection) {
    compose([source.says("deleted", self["action"]) ? "Unstarred" : "Starred"])
    let counted = self["repository"]
    try item.metric("stars", source.member("stargazers_count", of: counted))
    try item.metric("forks", source.member("forks_count", of: counted))
    try item.time(self["starred_at"])
  }

  private mutating func readDiscussed(_ subject: Int?, _ word: StaticString) throws(Rejection) {
    guard let subject else { throw .missing("issue", at: source.offset(payload)) }
    if let title = source.member("title", of: subject) { try item.title(at: title) } else { compose([word]) }
    try item.body(source.member("body", of: subject))
    try item.url(source.member("html_url", of: subject))
    try item.time(source.member("updated_at", of: subject) ?? source.member("created_at", of: subject))
    try item.fact("number", source.member("number", of: subject) ?? self["number"])
  }

  private mutating func readReference() throws(Rejection) {
    try item.fact("ref_type", self["ref_type"])
    let type = try optional("ref_type", of: payload)
    let reference = try optional("ref", of: payload)
    let isDeleted = source.says("delete", self.type) || source.says("deleteevent", self.type)
    compose([isDeleted ? "Deleted" : "Created"], about: reference ?? type)
    try item.body(self["description"])
    if let reference { item.event.facts.append(Fact("ref", reference)) }
  }

  private mutating func readRepository() throws(Rejection) {
    let action = try optional("action", of: payload)
    compose(["Repository"], about: action)
    if action == nil { compose(["Repository made public"]) }
    let repository = self["repository"]
    try item.body(source.member("description", of: repository))
    try item.url(source.member("html_url", of: repository))
    let old = source.member("from", of: source.member("name", of: source.member("repository", of: self["changes"])))
    try item.fact("formerly", old)
  }

  /// Advisories in webhooks and alerts about them.
  private mutating func readAdvisory() throws(Rejection) {
    let alert = self["alert"]
    let advisory = self["security_advisory"] ?? self["repository_advisory"] ?? source.member("security_advisory", of: alert) ?? alert
    guard let advisory else { throw .missing("security_advisory", at: source.offset(payload)) }
    try readAdvisory(advisory)
    if item.event.title == nil {
      let package = try optional("affected_package_name", of: advisory)
      compose(["Vulnerable dependency"], about: package)
    }
  }

  /// An advisory as the API gives it; its GHSA id names it everywhere.
  mutating func readAdvisory(_ advisory: Int) throws(Rejection) {
    let summary = try optional("summary", of: advisory)
    if let summary { item.event.title = summary }
    try item.body(source.member("description", of: advisory))
    let published = source.member("published_at", of: advisory) ?? source.member("updated_at", of: advisory)
    try item.time(published ?? source.member("created_at", of: advisory))
    try item.url(source.member("html_url", of: advisory) ?? source.member("external_reference", of: advisory))
    try item.fact("severity", source.member("severity", of: advisory))
    try item.fact("state", source.member("state", of: advisory))
    let cvss = source.member("cvss", of: advisory)
    if let score = source.member("score", of: cvss) { try item.metric("cvss", score) }
    if let ghsa = try optional("ghsa_id", of: advisory) {
      item.event.naturalID = ghsa
      item.event.entities.append(Entity(type: "ghsa", id: ghsa, isDeclared: true))
      if item.event.title == nil, topic != .advisory { item.event.title = ghsa }
    }
    var identifier = source.member("cve_id", of: advisory) ?? source.member("external_identifier", of: advisory)
    if identifier == nil {
      let identifiers = source.document.elements(of: source.member("identifiers", of: advisory))
      identifier = identifiers.first { source.says("cve", source.member("type", of: $0)) }.flatMap { source.member("value", of: $0) }
    }
    try item.entity("cve", identifier)
    for vulnerability in source.document.elements(of: source.member("vulnerabilities", of: advisory)).prefix(8) {
      let package = source.member("package", of: vulnerability)
      try item.fact("package", source.member("name", of: package))
    }
  }

  /// The object that an event is about often bears the event's name, and a title, a name or a body.
  private mutating func readOther() throws(Rejection) {
    let members = source.document.members(of: payload).filter { source.document.kind($0.value) == .object }
    let subject = members.first { !Self.isFrame(source, $0.key) }?.value
    let action = try optional("action", of: payload)
    let name = try optional("title", of: subject)
    let start = item.event.bytes.count
    if let repository {
      item.event.bytes.appendCopy(of: repository.range)
      item.event.bytes.append(": ")
    }
    let words = source.document.range(type)
    for i in words {
      let byte = source.document.bytes[i]
      item.event.bytes.append(byte == UInt8(ascii: "_") ? 0x20 : byte)
    }
    if let action {
      item.event.bytes.append(0x20)
      let at = item.event.bytes.count
      item.event.bytes.appendCopy(of: action.range)
      for i in at..<item.event.bytes.count where item.event.bytes[i] == UInt8(ascii: "_") { item.event.bytes[i] = 0x20 }
    }
    if let name {
      item.event.bytes.append(": ")
      item.event.bytes.appendCopy(of: name.range)
    }
    item.event.bytes.collapseSpace(from: start)
    item.event.title = item.event.endField(from: start, span: nil)
    let texts = ["body", "description", "message"] as [StaticString]
    for text in texts {
      if let found = source.member(text, of: subject), item.kind(found) == .string {
        try item.body(found)
        break
      }
    }
    if let link = source.member("html_url", of: subject), item.kind(link) == .string { try item.url(link) }
    for name in ["updated_at", "created_at"] as [StaticString] {
      guard let found = source.member(name, of: subject) ?? source.member(name, of: payload) else { continue }
      try item.time(found)
      break
    }
  }

  /// Members that surround an event and are not what it is about.
  private static func isFrame(_ source: JSONSource, _ key: Int) -> Bool {
    let names: [StaticString] = ["repository", "sender", "organization", "installation", "changes", "enterprise", "team"]
    return names.contains { source.document.bytes.matches($0, in: source.document.range(key)) }
  }
}
