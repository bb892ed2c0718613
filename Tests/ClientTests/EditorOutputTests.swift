import Foundation
import Synchronization
import TestKit
import Testing
import Wire

@testable import Client

/// What waits for an editor that does not read.
@Suite struct EditorOutputTests {
    /// An editor that reads when it is let.
    private final class Editor: Sendable {
        let lines = Mutex<[String]>([])
        let overruns = Mutex(0)
        let gate = DispatchSemaphore(value: 0)
    }

    private static func message(_ number: Int, bytes: Int = 80) -> Message {
        let text = "\(number) " + String(repeating: "x", count: bytes)
        return .notification(method: "m", params: ["text": .string(text)])
    }

    private func output(_ editor: Editor, bytesMaximum: Int) -> EditorOutput {
        EditorOutput(bytesMaximum: bytesMaximum) { line in
            editor.gate.wait()
            editor.lines.withLock { $0.append(line) }
        } overrun: {
            editor.overruns.withLock { $0 += 1 }
        }
    }

    @Test func everythingIsWrittenInOrderWithinTheBound() async {
        let editor = Editor()
        let output = output(editor, bytesMaximum: 1 << 20)
        let messages = (0..<100).map { Self.message($0) }
        for message in messages { output.send(message) }
        for _ in messages { editor.gate.signal() }
        await output.finish()
        #expect(editor.lines.withLock { $0 } == messages.map { $0.json.text + "\n" })
        #expect(editor.overruns.withLock { $0 } == 0)
    }

    @Test func atTheBoundItIsSaidOnceAndNothingMoreIsTaken() async {
        let editor = Editor()
        let output = output(editor, bytesMaximum: 1_000)
        for number in 0..<100 { output.send(Self.message(number)) }
        #expect(editor.overruns.withLock { $0 } == 1)
        for _ in 0..<100 { editor.gate.signal() }
        await output.finish()
        let lines = editor.lines.withLock { $0 }
        #expect(lines == (0..<lines.count).map { Self.message($0).json.text + "\n" }, "what was taken is whole")
        #expect((1...9).contains(lines.count), "\(lines.count)")
    }

    @Test func oneMessageFitsHoweverLongItIs() async {
        let editor = Editor()
        let output = output(editor, bytesMaximum: 10)
        editor.gate.signal()
        output.send(Self.message(1, bytes: 1_000))
        await output.finish()
        #expect(editor.lines.withLock { $0.count } == 1)
    }
}
