import ArgumentParser
import Platform
import Server

/// The command line of `belayd`.
struct Belayd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belayd", abstract: "The session server that belay comes back to.",
        version: "belayd \(Version.current)",
        subcommands: [Serve.self, TokenCommand.self])
}

/// The entry point: secures the descriptors and drops privileges on the first thread, before there is another.
@main
enum Program {
    @MainActor static func main() async {
        StandardDescriptors.secure()
        Hardening.begin()
        await Belayd.main(TokenCommand.terminated(Array(CommandLine.arguments.dropFirst())))
    }
}
