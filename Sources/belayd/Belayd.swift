import ArgumentParser
import Platform
import Server

/// The session server.
struct Belayd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belayd", abstract: "The session server that belay comes back to.",
        version: "belayd \(Version.current)",
        subcommands: [Serve.self, TokenCommand.self])
}

/// Where the program begins, on its first thread and before there is another.
@main
enum Program {
    @MainActor static func main() async {
        StandardDescriptors.secure()
        Hardening.begin()
        await Belayd.main(TokenCommand.terminated(Array(CommandLine.arguments.dropFirst())))
    }
}
