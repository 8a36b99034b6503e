import CommandLine
import Glibc

// Writing to a pipe that nobody reads any more is an error to be noticed, not a death.
signal(SIGPIPE, SIG_IGN)
exit(Program.run(Terminal.arguments).rawValue)
