import ArgumentParser
import Server

/// The session server.
@main
struct Belayd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belayd", abstract: "The session server that belay comes back to.",
        version: "belayd \(Version.current)",
        subcommands: [Serve.self, TokenCommand.self])
}
