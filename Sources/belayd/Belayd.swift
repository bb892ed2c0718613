import ArgumentParser

/// The session server.
@main
struct Belayd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belayd", abstract: "The session server that belay comes back to.", version: "belayd 0.1.0",
        subcommands: [Serve.self, TokenCommand.self])
}
