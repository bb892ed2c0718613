import ArgumentParser
import Platform

/// The entry point: picks a subcommand by the first argument.
@main
enum Main {
    static func main() {
        StandardDescriptors.secure()
        ProcessSignals.reportFailedWrites()
        let arguments = Array(CommandLine.arguments.dropFirst())
        // A prompt may be any word, so a subcommand is recognised only as the first argument.
        switch arguments.first {
        case "login": Login.main(Array(arguments.dropFirst()))
        case "sessions": SessionsCommand.main(Array(arguments.dropFirst()))
        case "verify": VerifyCommand.main(Array(arguments.dropFirst()))
        case "proxy": ProxyCommand.main(Array(arguments.dropFirst()))
        default: Belay.main(arguments)
        }
    }
}
