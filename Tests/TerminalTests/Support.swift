import CTerminal
import Glibc
import Screen
import Terminal
import Testing

/// The tests that open a terminal, one after the other: ncurses is a global machine.
@Suite(.serialized) enum OnATerminal {}

/// A pseudo-terminal with the test in the place of the person.
final class PseudoTerminal {
    /// What a program on it gets as its input and output.
    let program: Int32
    private let person: Int32
    private var isPersonThere = true

    init(columns: Int = 80, rows: Int = 24) throws {
        var (person, program): (Int32, Int32) = (-1, -1)
        try #require(terminal_pseudo_open(&person, &program) == 0)
        (self.person, self.program) = (person, program)
        resize(columns: columns, rows: rows)
    }

    deinit {
        leave()
        close(program)
    }

    var path: String { "/dev/pts/\(terminal_pseudo_number(person))" }

    /// - Parameter asks: Whether the terminal is asked what it can do; the test answers then.
    func open(
        environment: [String: String] = ["TERM": "xterm-256color"], asks: Bool = false
    ) throws -> Terminal {
        let asking = asks ? [:] : ["BELAY_PROBE": "0"]
        return try Terminal(
            input: program, output: program, environment: environment.merging(asking) { own, _ in own })
    }

    func resize(columns: Int, rows: Int) { terminal_pseudo_resize(person, Int32(rows), Int32(columns)) }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(write(person, bytes, bytes.count) == bytes.count)
    }

    /// The person closes the window.
    func leave() {
        if isPersonThere { close(person) }
        isPersonThere = false
    }

    /// What is shown since this was last asked. The kernel hands bytes over in its own time, so a mark is sent after
    /// them and waited for.
    func shown() throws -> String { String(decoding: try rest(), as: UTF8.self) }

    /// The bytes that are shown since this was last asked.
    func rest() throws -> [UInt8] {
        let fence = Array("\u{1B}_fence\u{1B}\\".utf8)
        // What is there is taken first: with the kernel's buffer full, writing would wait for this thread to read.
        var bytes: [UInt8] = []
        var sides = [
            pollfd(fd: person, events: Int16(POLLIN), revents: 0),
            pollfd(fd: program, events: Int16(POLLOUT), revents: 0),
        ]
        while poll(&sides, 2, 10_000) > 0, sides[0].revents != 0 || sides[1].revents == 0 {
            bytes += readAvailable()
        }
        try #require(write(program, fence, fence.count) == fence.count)
        return bytes + (try read(until: fence).dropLast(fence.count))
    }

    /// What comes until an end has come, which is part of it.
    func read(until end: [UInt8]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while !bytes.suffix(4096 + end.count).contains(end) {
            var room = [UInt8](repeating: 0, count: 4096)
            var ready = pollfd(fd: person, events: Int16(POLLIN), revents: 0)
            try #require(poll(&ready, 1, 10_000) == 1, "nothing came after \(bytes.count) bytes")
            let count = Glibc.read(person, &room, room.count)
            try #require(count > 0)
            bytes += room[..<count]
        }
        return bytes
    }

    /// What has come so far.
    func readAvailable() -> [UInt8] {
        var room = [UInt8](repeating: 0, count: 65536)
        let count = Glibc.read(person, &room, room.count)
        return count > 0 ? Array(room[..<count]) : []
    }

    var modes: Modes {
        var modes = termios()
        tcgetattr(program, &modes)
        return Modes(modes)
    }

    /// The modes of the line, in a form that can be compared.
    struct Modes: Equatable {
        let flags: [tcflag_t]
        let speeds: [speed_t]
        let characters: [UInt8]

        init(_ modes: termios) {
            flags = [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag]
            speeds = [modes.c_ispeed, modes.c_ospeed]
            characters = withUnsafeBytes(of: modes.c_cc) { Array($0) }
        }
    }
}

extension Frame {
    /// A frame of plain rows.
    init(_ rows: [String], size: Size = Size(columns: 80, rows: 24), cursor: Point? = nil) {
        self.init(size: size, rows: rows.map { [Span($0)] }, cursor: cursor)
    }
}

extension String {
    /// The text with its escape characters visible, for reading a failure.
    var visible: String { replacing("\u{1B}", with: "␛").replacing("\u{8}", with: "␈") }
}
