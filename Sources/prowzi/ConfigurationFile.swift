import Configuration
import Inspect
import Model
import Ports
import Runtime
import Sensors
import Stages

/// Configuration documents in files.
enum ConfigurationFile {
  /// The largest file that is read.
  static let sizeLimit = Limits.configurationBytes

  /// A file merged over a configuration (RFC 7396), checked and compiled. `-` is standard input.
  /// - Throws: `config.invalid` with the pointer of what is wrong, and the file's name in front of it.
  static func read(_ path: String, over base: CompiledConfiguration) throws(ProwziError) -> CompiledConfiguration {
    let patch = try FileSource.contents(ofFile: path, limit: sizeLimit)
    do throws(ProwziError) {
      return try CompiledConfiguration(document: try CompiledConfiguration.patched(base.canonicalBytes, with: patch))
    } catch {
      var error = error
      error.place = error.place.map { "\(path), \($0)" } ?? path
      throw error
    }
  }
}

extension LogPlace {
  /// The configuration in force at the end of the log.
  func inForce() throws(ProwziError) -> CompiledConfiguration { try configurationInForce(try reader()) }
}

/// How much there is to do, for progress lines.
enum LogSizes {
  static func rawRecords(_ place: any LogPlace) throws(ProwziError) -> Int {
    let log = try place.reader()
    var total = 0
    for target in try log.partitions(of: .raw) {
      let bounds = try log.bounds(of: target)
      total += bounds.highWatermark.distance(from: bounds.logStart)
    }
    return total
  }
}
