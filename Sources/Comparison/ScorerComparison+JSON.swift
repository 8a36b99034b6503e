import Events
import JSON
import Model

/// A comparison as canonical JSON: members in ascending order, numbers with at most six decimals. The README lists them.
public enum ComparisonJSON {
  public static func bytes(_ comparison: ScorerComparison) -> [UInt8] {
    var json = JSONWriter()
    write(comparison, &json)
    return json.bytes
  }

  private static func write(_ comparison: ScorerComparison, _ json: inout JSONWriter) {
    json.object { json in
      json.key("against")
      write(comparison.from, &json)
      json.key("agreement")
      json.object { json in
        for agreement in comparison.agreements.sorted(by: { $0.topic < $1.topic }) {
          json.key(agreement.topic)
          write(agreement, &json)
        }
      }
      json.key("alone")
      json.array { json in
        for lone in comparison.alone { write(lone, &json) }
      }
      json.key("bands")
      json.object { json in
        write(comparison.migration, &json)
        finish(comparison.migration, &json)
      }
      json.key("briefs")
      write(comparison.briefs, &json)
      json.key("by_domain")
      json.array { json in
        for group in comparison.domains { write(group, &json) }
      }
      json.key("by_kind")
      json.array { json in
        for group in comparison.kinds { write(group, &json) }
      }
      json.key("candidate")
      write(comparison.to, &json)
      json.key("coverage")
      writeCoverage(comparison, &json)
      json.key("events")
      json.object { json in
        for (name, count) in [
          ("agreeing", comparison.agreeing), ("extra", comparison.extra), ("matched", comparison.matched),
          ("mismatched", comparison.mismatched), ("missing", comparison.missing),
        ] {
          json.key(name)
          json.number(count)
        }
      }
      json.key("identical")
      json.bool(comparison.isIdentical)
      json.key("load")
      write(comparison.load, &json)
      json.key("moves")
      json.array { json in
        for move in comparison.moves { write(move, &json) }
      }
      json.key("scores")
      json.object { json in
        for score in Score.allCases.sorted(by: { "\($0.name)" < "\($1.name)" }) where score.rawValue < comparison.scores.count {
          json.key(score.name)
          write(comparison.scores[score.rawValue], hasGrid: false, &json)
        }
      }
      json.key("total")
      write(comparison.total, hasGrid: true, &json)
      json.key("window")
      json.object { json in
        for (name, time) in [
          ("first_at", comparison.firstAt), ("from", comparison.askedFrom), ("last_at", comparison.lastAt), ("to", comparison.askedTo),
        ] {
          json.key(name)
          if let time { json.number(time.milliseconds) } else { json.null() }
        }
      }
    }
  }

  private static func number(_ name: StaticString, _ value: Int, _ json: inout JSONWriter) {
    json.key(name)
    json.number(value)
  }

  private static func number(_ name: StaticString, _ value: Double?, _ json: inout JSONWriter) {
    json.key(name)
    if let value { json.number(value) } else { json.null() }
  }

  private static func text(_ name: StaticString, _ value: String?, _ json: inout JSONWriter) {
    json.key(name)
    if let value { json.string(value) } else { json.null() }
  }

  private static func write(_ side: ScorerComparison.Side, _ json: inout JSONWriter) {
    json.object { json in
      text("name", side.name, &json)
      json.key("scorers")
      json.array { json in
        for scorer in side.scorers {
          json.object { json in
            number("count", scorer.count, &json)
            text("label", scorer.label, &json)
          }
        }
      }
      text("topics", side.prefix, &json)
    }
  }

  private static func write(_ agreement: ScorerComparison.Agreement, _ json: inout JSONWriter) {
    json.object { json in
      number("different", agreement.different, &json)
      number("extra", agreement.extra, &json)
      number("identical", agreement.identical, &json)
      number("missing", agreement.missing, &json)
    }
  }

  private static func write(_ lone: ScorerComparison.Lone, _ json: inout JSONWriter) {
    json.object { json in
      text("band", "\(lone.event.band.name)", &json)
      text("event_id", lone.event.id.text, &json)
      text("kind", "\(lone.event.kind.name)", &json)
      text("raw", "\(TopicPartition(topic: .rawRecords, partition: lone.partition))/\(lone.cause)", &json)
      text("side", lone.isMissing ? "against" : "candidate", &json)
      text("title", lone.title, &json)
      number("total_evi", Double(lone.event.total) / 1_000_000, &json)
    }
  }

  /// Members of an object that is open.
  private static func write(_ migration: Migration, _ json: inout JSONWriter) {
    let names = UrgencyBand.allCases.sorted { "\($0.name)" < "\($1.name)" }
    number("lowered", migration.lowered, &json)
    json.key("matrix")
    json.object { json in
      for from in names {
        json.key(from.name)
        json.object { json in
          for to in names { number(to.name, migration[from, to], &json) }
        }
      }
    }
  }

  private static func finish(_ migration: Migration, _ json: inout JSONWriter) {
    number("raised", migration.raised, &json)
    number("same", migration.same, &json)
  }

  private static func write(_ group: ScorerComparison.Group, _ json: inout JSONWriter) {
    json.object { json in
      write(group.migration, &json)
      number("mean_change", group.meanChange, &json)
      number("moved", group.moved, &json)
      text("name", group.name, &json)
      finish(group.migration, &json)
    }
  }

  private static func write(_ briefs: BriefChanges, _ json: inout JSONWriter) {
    func list(_ name: StaticString, _ pairs: [BriefPair], _ json: inout JSONWriter) {
      json.key(name)
      json.array { json in
        for pair in pairs { write(pair, &json) }
      }
    }
    json.object { json in
      list("changed", briefs.changed, &json)
      json.key("counts")
      json.object { json in
        number("changed", briefs.counts.changed, &json)
        number("gained", briefs.counts.gained, &json)
        number("lost", briefs.counts.lost, &json)
        number("same", briefs.counts.same, &json)
      }
      list("gained", briefs.gained, &json)
      list("lost", briefs.lost, &json)
    }
  }

  private static func write(_ pair: BriefPair, _ json: inout JSONWriter) {
    json.object { json in
      json.key("against")
      write(pair.from, &json)
      text("brief_id", pair.shown.id.text, &json)
      json.key("candidate")
      write(pair.to, &json)
      text("story_id", pair.shown.story.text, &json)
    }
  }

  private static func write(_ brief: BriefSighting?, _ json: inout JSONWriter) {
    guard let brief else { return json.null() }
    json.object { json in
      number("at", Int(brief.time.milliseconds), &json)
      text("band", "\(brief.band.name)", &json)
      text("headline", brief.headline, &json)
      text("impact_level", brief.impactLevel, &json)
      number("revision", brief.revision, &json)
      number("since", Int(brief.since.milliseconds), &json)
      text("status", brief.status, &json)
      number("total_evi", Double(brief.total) / 1_000_000, &json)
    }
  }

  private static func writeCoverage(_ comparison: ScorerComparison, _ json: inout JSONWriter) {
    func range(_ name: StaticString, _ range: Range<Int64>, _ json: inout JSONWriter) {
      json.key(name)
      json.array { json in
        json.number(range.lowerBound)
        json.number(range.upperBound)
      }
    }
    let coverage = comparison.coverage
    json.object { json in
      number("asked", coverage.asked, &json)
      number("common", coverage.common, &json)
      json.key("partitions")
      json.array { json in
        for window in comparison.windows {
          json.object { json in
            range("against", window.from, &json)
            range("asked", window.asked, &json)
            range("candidate", window.to, &json)
            range("common", window.common, &json)
            number("partition", Int(window.partition.value), &json)
          }
        }
      }
    }
  }

  private static func write(_ load: AlertLoad, _ json: inout JSONWriter) {
    func count(_ name: StaticString, _ count: AlertLoad.Count, _ json: inout JSONWriter) {
      json.key(name)
      json.object { json in
        number("instant", count.instant, &json)
        number("same_day", count.sameDay, &json)
      }
    }
    json.object { json in
      count("against", load.from, &json)
      count("candidate", load.to, &json)
      json.key("days")
      json.array { json in
        for day in load.days {
          json.object { json in
            count("against", day.from, &json)
            count("candidate", day.to, &json)
            number("events", day.events, &json)
            number("start", Int(day.start.milliseconds), &json)
          }
        }
      }
      number("span_days", load.span, &json)
    }
  }

  private static func write(_ statistics: PairStatistics, hasGrid: Bool, _ json: inout JSONWriter) {
    func distribution(_ name: StaticString, _ distribution: Distribution, _ json: inout JSONWriter) {
      json.key(name)
      json.object { json in
        number("count", distribution.count, &json)
        number("greatest", distribution.greatest, &json)
        json.key("histogram")
        list(distribution.histogram, &json)
        number("least", distribution.least, &json)
        number("mean", distribution.mean, &json)
        json.key("quantiles")
        json.object { json in
          for (name, value) in zip(Distribution.percentiles.map { $0 < 10 ? "p0\($0)" : "p\($0)" }, distribution.quantiles) {
            json.key(name)
            json.number(value)
          }
        }
      }
    }
    json.object { json in
      distribution("against", statistics.from, &json)
      distribution("candidate", statistics.to, &json)
      if hasGrid {
        json.key("grid")
        list(statistics.grid, &json)
      }
      number("kendall", statistics.correlation.kendall, &json)
      json.key("movement")
      json.object { json in
        number("down", statistics.movement.down, &json)
        number("greatest", statistics.movement.greatest, &json)
        json.key("histogram")
        list(statistics.movement.histogram, &json)
        number("limit", statistics.movement.limit, &json)
        number("mean_magnitude", statistics.movement.meanMagnitude, &json)
        number("unchanged", statistics.movement.unchanged, &json)
        number("up", statistics.movement.up, &json)
      }
      number("spearman", statistics.correlation.spearman, &json)
    }
  }

  private static func list(_ counts: [Int], _ json: inout JSONWriter) {
    json.array { json in
      for count in counts { json.number(count) }
    }
  }

  private static func write(_ explained: ScorerComparison.Explained, _ json: inout JSONWriter) {
    let move = explained.move
    json.object { json in
      json.key("against")
      write(explained.from, &json)
      json.key("candidate")
      write(explained.to, &json)
      text("event_id", move.from.id.text, &json)
      json.key("inputs")
      json.array { json in
        guard let from = explained.from, let to = explained.to else { return }
        for difference in InputDifference.list(from, to) {
          json.object { json in
            number("against", difference.from, &json)
            number("candidate", difference.to, &json)
            text("name", difference.name, &json)
            text("score", "\(difference.score.name)", &json)
          }
        }
      }
      text("kind", "\(move.from.kind.name)", &json)
      number("others_alike", explained.others, &json)
      text("raw", "\(TopicPartition(topic: .rawRecords, partition: move.partition))/\(move.cause)", &json)
      text("source", explained.source, &json)
      text("title", explained.title, &json)
      text("url", explained.url, &json)
    }
  }

  private static func write(_ explanation: Explanation?, _ json: inout JSONWriter) {
    guard let explanation else { return json.null() }
    json.object { json in
      text("band", "\(explanation.band.name)", &json)
      json.key("parts")
      json.object { json in
        for part in explanation.parts.sorted(by: { "\($0.score.name)" < "\($1.score.name)" }) {
          json.key(part.score.name)
          json.object { json in
            number("contribution", part.contribution, &json)
            text("sentence", part.sentence, &json)
            number("value", part.value, &json)
            number("weight", part.weight, &json)
          }
        }
      }
      text("reason", explanation.reason, &json)
      text("rule", explanation.rule.isEmpty ? nil : explanation.rule, &json)
      text("scorer", explanation.scorer, &json)
      number("threshold", explanation.threshold, &json)
      number("total_evi", explanation.total, &json)
    }
  }
}

extension TopicName {
  static let rawRecords = TopicName(known: "prowzi.raw")
}
