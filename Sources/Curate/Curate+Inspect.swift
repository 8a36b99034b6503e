import Model
import State

extension Curate.State: Inspectable {
  /// Stories are asked for by their id, their brief's, or a member's.
  public func inspect(_ inspector: inout StateInspector) {
    inspector.stage("\(Curate.identity.name)", self) { inspector in
      let related = inspector.stories
      inspector.table("stories", stories) { key, _, story in
        if related.contains(story.id) { return true }
        guard let id = key.id else { return false }
        return story.id == id || story.brief == id || story.events.contains(id)
      } text: { story in
        var text =
          "story \(story.id), brief \(story.brief), revision \(story.revision), \(story.band.name), \(story.events.count) told of \(story.clusterSize),"
          + " \(story.sources) sources, first seen \(story.firstSeenAt), attempted \(story.attemptedAt), latest \(story.latest.event),"
          + " led by \(story.lead.place.event)"
        if story.isPending { text += ", revision held back" }
        if story.isRetracted { text += ", retracted" }
        return text
      }
      inspector.table("pending", count: pending.count)
    }
  }
}
