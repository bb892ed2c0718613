import ArgumentParser
import Client
import Glibc
import NIOCore
import NIOPosix
import Platform
import SystemPackage
import Wire

/// `belay acp`: an agent for editors, over standard input and output.
struct ACPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belay acp",
        abstract: "Be an agent for an editor that speaks the Agent Client Protocol over standard input and output.")

    @OptionGroup var chat: ChatArguments

    func validate() throws {
        guard chat.resume == nil, !chat.continues, !chat.isNew, chat.directory == nil else {
            throw ValidationError("the editor says which session and folder: leave -c, -r, --new and --directory out")
        }
    }

    func run() throws {
        try Failure.report {
            let kept = KeptPlace(try Place(chat, isBatch: true, environment: Folders.environment))
            let output = EditorOutput(write: Self.write) {
                Output.line(
                    "belay: the editor reads nothing: it can load its sessions again, the server has everything",
                    to: .standardError)
                Glibc.exit(BatchExit.ioError.rawValue)
            }
            let input = NIOThreadPool(numberOfThreads: 1)
            input.start()
            let agent = EditorAgent(
                on: MultiThreadedEventLoopGroup.singleton.next(),
                open: { selection, directory in
                    try kept.place.openForEditor(selection, directory: directory)
                }, list: { try kept.place.listForEditor() }, write: { output.send($0) },
                drained: { await output.drain() })
            let (lines, continuation) = AsyncStream<ByteBuffer>.makeStream()
            input.submit { _ in
                Self.read { continuation.yield($0) }
                continuation.finish()
            }
            Task {
                async let following: Void = agent.follow()
                for await line in lines { await agent.receive(line) }
                // The editor has gone: turns go on at the server.
                await agent.end()
                await following
                await output.finish()
                Glibc.exit(0)
            }
            while true { pause() }
        }
    }

    /// An editor that has closed its end has gone.
    private static func write(_ line: String) {
        do { try Output.verbatim(line, to: .standardOutput) } catch { Glibc.exit(0) }
    }

    /// Reads lines until the end of the standard input; blocks.
    private static func read(_ body: (ByteBuffer) -> Void) {
        var decoder = LineDecoder()
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(STDIN_FILENO, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            guard let lines = try? decoder.feed(bytes[..<count]) else {
                Output.line("belay: the editor sent a message of more than 16 MiB", to: .standardError)
                Glibc.exit(BatchExit.dataError.rawValue)
            }
            lines.forEach(body)
        }
        if let last = decoder.finish() { body(last) }
    }
}
