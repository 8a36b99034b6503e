import Glibc
import Model

extension ProwziError {
  /// The one place where an `errno` becomes a code and a piece of advice.
  static func systemCall(_ call: String, _ number: Int32, place: String) -> ProwziError {
    let cause = "\(call): \(String(cString: strerror(number)))"
    switch number {
    case ENOENT:
      return ProwziError("file.not_found", "there is no such file or directory", place: place, advice: "Check the path", cause: cause)
    case EEXIST, ENOTEMPTY:
      return ProwziError("file.exists", "there is something with this name already", place: place, cause: cause)
    case EACCES, EPERM:
      return ProwziError(
        "file.denied", "permission is denied", place: place, advice: "Check who owns the data directory and its mode", cause: cause)
    case EROFS:
      return ProwziError(
        "file.denied", "the file system is read-only", place: place,
        advice: "Mount it for writing; Linux makes a file system read-only after errors, so look into the kernel log first", cause: cause)
    case ENOSPC:
      return ProwziError(
        "file.full", "the disk is full", place: place, advice: "Free some space and start again; nothing committed is lost", cause: cause)
    case EDQUOT:
      return ProwziError(
        "file.full", "the disk quota is used up", place: place, advice: "Raise the quota or free some space, and start again", cause: cause)
    case EFBIG:
      return ProwziError(
        "file.full", "the file would be larger than is allowed", place: place, advice: "Raise the limit (ulimit -f)", cause: cause)
    case EMFILE, ENFILE:
      return ProwziError(
        "file.io", "too many files are open", place: place, advice: "Raise the limit (ulimit -n)", cause: cause)
    case ENOTDIR, EISDIR:
      return ProwziError("file.io", "this is not what a file was expected to be", place: place, advice: "Check the path", cause: cause)
    case ENAMETOOLONG:
      return ProwziError("file.io", "the path is too long", place: place, advice: "Choose a shorter data directory", cause: cause)
    case EIO:
      return ProwziError(
        "file.io", "the device could not read or write", place: place, advice: "Look into the kernel log; the disk may be failing",
        cause: cause)
    default:
      return ProwziError("file.io", "the system call \(call) failed", place: place, cause: cause)
    }
  }
}
