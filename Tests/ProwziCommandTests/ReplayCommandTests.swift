import Foundation
import Testing

/// Replaying, with the program alone.
@Suite struct ReplayCommandTests {
  private func site() throws -> EndToEndTests.Site {
    let site = try EndToEndTests.Site()
    try site.foldHeadlines()
    return site
  }

  @Test func aSetIsMadeListedShownReadAndDropped() throws {
    let site = try site()
    #expect(try site.good("replay list").output.contains("Nothing was replayed"))
    let made = try #require(try site.good("replay --into day --from 2026-02-21 --to 2026-02-22 --format json").objects.first)
    #expect(made["complete"] as? Bool == true)
    let topics = try #require(made["topics"] as? [[String: Any]])
    #expect(topics.map { $0["topic"] as? String }.contains("prowzi.replay.day.banded"))
    let live = try site.good("read prowzi.banded --format json").objects
    let replayed = try site.good("read prowzi.replay.day.banded --format json").objects
    #expect(replayed.count == 3)
    #expect(replayed.map { $0["value"] as? NSDictionary } == live.map { $0["value"] as? NSDictionary })
    #expect(try site.good("replay list").output.contains("\nday   2026-02-21 00:00 to 2026-02-22 00:00  all"))
    #expect(try site.good("replay show day").output.contains("prowzi.replay.day.scored"))
    let refused = try site.prowzi("replay --into day --from 2026-02-20 --to 2026-02-22")
    #expect(refused.code == 2)
    #expect(refused.error.contains("try: Choose another name, or give --replace"))
    _ = try site.good("replay --into day --from 2026-02-20 --to 2026-02-22 --replace")
    #expect(try site.good("replay drop day").output == "Dropped prowzi.replay.day.*\n")
    #expect(try site.prowzi("replay show day").code == 4)
    #expect(try site.prowzi("read prowzi.replay.day.banded").code == 4)
    #expect(try site.prowzi("replay --into Day --from 2026-02-21").code == 2)
    #expect(try site.good("replay --verify").output.contains("\nIdentical: "))
  }

  @Test func whatIsPrintedIsInTheShapesOfRead() throws {
    let site = try site()
    let read = try site.good("read prowzi.banded --format json --headers").output.split(separator: "\n").sorted()
    let printed = try site.good("replay --print --from 2026-02-21 --stages band --format json --headers").output.split(separator: "\n")
    #expect(printed.sorted() == read)
    let times = try site.good("replay --print --from 2026-02-21 --stages band --format json").objects.compactMap { $0["timestamp"] as? Int }
    #expect(times == times.sorted() && times.count == 3)
    let text = try site.good("replay --print --from 2026-02-21 --stages band").output
    #expect(text.hasPrefix("prowzi.banded/"))
  }

  @Test func aWindowOutsideTheLogIsRefusedWithWhatThereIs() throws {
    let site = try site()
    for mode in ["--verify", "--print", "--into x", "--step"] {
      let result = try site.prowzi("replay \(mode) --from 2027-01-01 --to 2027-01-02")
      #expect(result.code == 4)
      #expect(result.error.contains("the window begins after the last raw record"))
      #expect(result.error.contains("The log covers 2026-02-21T03:10:18Z to 2026-02-21T03:13:18Z"))
    }
    #expect(try site.good("replay list").output.contains("Nothing was replayed"))
  }

  @Test func verifySaysWhatItRead() throws {
    let site = try site()
    #expect(try site.good("replay --verify").output.contains(" of the log"))
    let total = try #require(try site.good("replay --verify --format json").objects.last)
    #expect(total["log_bytes_read"] as? Int == total["log_bytes"] as? Int)
    #expect((total["bytes_read"] as? Int ?? 0) > 0)
  }

  // MARK: Stepping

  @Test func steppingShowsTheRecordTheStateAndEachStage() throws {
    let site = try site()
    let script = """
      show banded
      state
      raw
      next
      back
      until 2026-02-21T03:13:00Z
      show deadletter
      jump
      next
      quit

      """
    let result = try site.good("replay --step --from 2026-02-21", input: script)
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("1 of 4  prowzi.raw/"), "\(lines[0])")
    #expect(lines[0].hasSuffix("2026-02-21T03:10:18Z  ai_headlines"))
    #expect(lines[1].hasPrefix("  normalized  news "))
    #expect(lines[1].contains("Quantum Lab raises"))
    #expect(lines.contains { $0.hasPrefix("  enriched    story ") })
    #expect(lines.contains { $0.hasPrefix("  scored      EVI ") })
    #expect(lines.contains { $0.hasPrefix("  banded      ") })
    #expect(lines.contains { $0.contains("\"band\": ") }, "show banded lays the record out")
    #expect(lines.contains { $0.hasPrefix("Stage") && $0.contains("State before") })
    #expect(lines.contains { $0.hasPrefix("  + normalize seen ") })
    #expect(lines.contains { $0.contains("ce_type: ") })
    #expect(lines.filter { $0.hasPrefix("1 of 4  ") }.count == 2, "back shows the first again")
    #expect(lines.contains { $0.hasPrefix("4 of 4  ") && $0.hasSuffix("[time=2026-02-21T03:13:00Z]") })
    #expect(lines.contains { $0.hasPrefix("  deadletters parse.json: ") }, "\(result.output)")
    #expect(lines.last == "The window ends here: 4 raw records.")
    #expect(result.error.contains("there is no command 'jump'"))
  }

  @Test func steppingRunsToABreakpoint() throws {
    let site = try site()
    let steps = try site.good("replay --step --break deadletter --break kind=exploit --format json", input: "continue\n").objects
    #expect(steps[0]["breakpoint"] as? String == "deadletter")
    #expect(steps[0]["source"] as? String == "ai_headlines")
    #expect(steps[1]["end"] as? Bool == true)
    let refused = try site.prowzi("replay --step --break band=loud")
    #expect(refused.code == 2)
    #expect(refused.error.contains("Bands are archive, weekly, same_day, instant"))
  }

  // MARK: State

  @Test func theStateAsOfAMomentIsShown() throws {
    let site = try site()
    let all = try site.good("state --at 2026-02-21T03:12:00Z").output
    #expect(all.contains("normalize"))
    let before = try site.good("state --at 2026-02-21 --format json").objects
    let after = try site.good("state --at 2026-02-22 --format json").objects
    #expect(before.count == 2 && after.count == 2)
    #expect(before.map { $0["digest"] as? String } != after.map { $0["digest"] as? String })
    #expect(try site.good("state --at 2026-02-22 --stage enrich").output.contains("stories"))
    let brief = try site.firstBrief()
    let id = try #require(brief["brief_id"] as? String ?? (brief["value"] as? [String: Any])?["brief_id"] as? String)
    #expect(try site.good("state --at 2026-02-22 --key", [id]).output.contains("curate stories"))
    #expect(try site.good("state --at 2026-02-21 --key", [id]).output.hasPrefix("Nothing is remembered of "))
    #expect(try site.prowzi("state --at 2026-02-22 --partition 9").code == 4)
  }

  @Test func keptStatesAreListedAndRebuilt() throws {
    let site = try site()
    #expect(try site.good("checkpoints list").output.contains("valid"))
    #expect(try site.bash("rm -r data/checkpoints/*") == 0)
    #expect(try site.good("checkpoints list").output.contains("No state is kept"))
    let rebuilt = try site.good("checkpoints rebuild --every 2 --format json").objects
    #expect(rebuilt.allSatisfy { $0["difference"] is NSNull })
    let written = rebuilt.compactMap { ($0["written"] as? [Int])?.count }.reduce(0, +)
    #expect(written > 0)
    #expect(try site.good("checkpoints list --format json").objects.filter { $0["valid"] as? Bool == true }.count == written)
  }
}
