import ArgumentParser

/// The client.
@main
enum Main {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        // A prompt may be any word, so a command is one only in the first place.
        if arguments.first == "login" { Login.main(Array(arguments.dropFirst())) } else { Belay.main(arguments) }
    }
}
