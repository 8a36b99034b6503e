import FuzzTargets
import Glibc

// libFuzzer brings `main` and calls the two functions here. `PROWZI_FUZZ_TARGET` names what is run, because the arguments are libFuzzer's own.

private func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

private let target: FuzzTarget = {
  let name = variable("PROWZI_FUZZ_TARGET") ?? ""
  guard let found = FuzzTargets.named(name) else { fatalError("PROWZI_FUZZ_TARGET names no target: '\(name)'") }
  return found
}()

/// With `PROWZI_FUZZ_LIST` set, says what there is; with `PROWZI_FUZZ_SEEDS`, writes the target's seeds into that folder. Both end the process.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?) -> CInt {
  if variable("PROWZI_FUZZ_LIST") != nil {
    for target in FuzzTargets.all { print("\(target.name)\t\(target.maxLength)\t\(target.law)") }
    exit(0)
  }
  if let folder = variable("PROWZI_FUZZ_SEEDS") {
    for (index, seed) in target.seeds().enumerated() {
      guard let file = fopen("\(folder)/seed-\(index)", "w") else { fatalError("no seed can be written into \(folder)") }
      fwrite(seed, 1, seed.count, file)
      fclose(file)
    }
    exit(0)
  }
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  do throws(BrokenLaw) {
    try target.body(bytes)
  } catch {
    fatalError("\(target.name): \(error)")
  }
  return 0
}
