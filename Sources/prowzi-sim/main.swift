import Glibc
import Simulator

exit(SimulationCommand.run(Array(CommandLine.arguments.dropFirst())))
