import ArgumentParser
import Client
import Glibc
import Platform
import SystemPackage
import Wire

/// The entry point: picks a subcommand by the first argument.
@main
enum Main {
    static func main() {
        StandardDescriptors.secure()
        ProcessSignals.reportFailedWrites()
        if let place = ProgramText.invalid {
            Output.line("belay: \(place.description)", to: .standardError)
            exit((place.isArgument ? BatchExit.usage : .configuration).rawValue)
        }
        let limit = DescriptorLimit.raise()
        guard limit >= DescriptorLimit.minimum else {
            // Event loops cannot be created without descriptors, and NIO ends the process then.
            Output.line(
                "belay: the system allows \(limit) open files and belay needs \(DescriptorLimit.minimum): raise the limit"
                    + " (ulimit -n)", to: .standardError)
            exit(BatchExit.system.rawValue)
        }
        let arguments = Array(CommandLine.arguments.dropFirst())
        // A prompt may be any word, so a subcommand is recognised only as the first argument.
        switch arguments.first {
        case "acp": run(ACPCommand.self, arguments.dropFirst())
        case "agents": runAgents(Array(arguments))
        case "login": run(Login.self, arguments.dropFirst())
        case "sessions": run(SessionsCommand.self, arguments.dropFirst())
        case "theme": run(ThemeCommand.self, arguments.dropFirst())
        case "verify": run(VerifyCommand.self, arguments.dropFirst())
        case "proxy": run(ProxyCommand.self, arguments.dropFirst())
        default: run(Belay.self, arguments[...])
        }
    }

    /// `belay agents` is `belayd agents`: the agents are the server's.
    private static func runAgents(_ arguments: [String]) {
        let program = PrivateServer.findProgram(environment: Folders.environment)
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        execvp(program, &words)
        ProgramEnd.exit("\(SystemError("run \(program)"))", code: BatchExit.system.rawValue, program: "belay")
    }

    /// Runs a command. ArgumentParser's own `main` neither checks that its help was written, nor removes control
    /// characters from the arguments that it quotes.
    private static func run(_ type: any ParsableCommand.Type, _ arguments: ArraySlice<String>) {
        do {
            var command = try type.parseAsRoot(Array(arguments))
            try command.run()
        } catch {
            ProgramEnd.exit(
                type.fullMessage(for: error).withoutControls, code: type.exitCode(for: error).rawValue,
                program: "belay")
        }
    }
}
