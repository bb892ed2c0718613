#if DEBUG
    import Glibc
    import Synchronization

    /// A named place in the code where a test can hold or kill the program.
    ///
    /// A test that needs a turn to be long, or a server to die at one exact moment, says so here instead of sleeping:
    /// the product itself contains no delay. Release builds contain only an empty function.
    ///
    /// Another process is told by its environment, several points separated by commas:
    /// `BELAY_FAILPOINT=librarian.step4=hold:/tmp/gate` waits at the point for as long as `/tmp/gate` exists, and
    /// `BELAY_FAILPOINT=librarian.step4=crash` kills the process as `kill -9` does.
    public enum FailPoint {
        /// What happens at a point.
        public enum Action: Sendable {
            /// Waits for as long as the file exists; cancelling the task ends the wait.
            case hold(whileExists: String)
            /// Kills the process, without a chance to clean up.
            case crash
            /// Does what the test says; what it throws is thrown at the point.
            case perform(@Sendable () async throws -> Void)
        }

        private struct Key: Hashable {
            var name: String
            var scope: String?
        }

        private static let actions = Mutex<[Key: Action]>([:])

        /// What the environment asked for; it is read once.
        private static let environment: [String: Action] = {
            guard let value = getenv("BELAY_FAILPOINT") else { return [:] }
            return parse(String(cString: value))
        }()

        /// Sets what happens at a point in this process.
        ///
        /// - Parameters:
        ///   - name: The point.
        ///   - scope: Whose point, for example one session's: tests that run side by side then do not meet. `nil` is
        ///     everybody's.
        ///   - action: What happens; `nil` takes the action away.
        public static func set(_ name: String, scope: String? = nil, to action: Action?) {
            actions.withLock { $0[Key(name: name, scope: scope)] = action }
        }

        /// Marks the point: does what a test asked for, normally nothing.
        ///
        /// - Throws: `CancellationError` when the task is cancelled while it is held, or what a test's action throws.
        public static func reached(_ name: String, scope: String? = nil) async throws {
            let action = actions.withLock { actions in
                actions[Key(name: name, scope: scope)] ?? actions[Key(name: name, scope: nil)]
            }
            switch action ?? environment[name] {
            case nil: return
            case .hold(let path):
                while access(path, F_OK) == 0 { try await Task.sleep(for: .milliseconds(10)) }
            case .crash: kill(getpid(), SIGKILL)
            case .perform(let work): try await work()
            }
        }

        /// Reads the environment's way to say it. A point that cannot be read stops the program: a test that goes on
        /// without its fail point would pass for the wrong reason.
        static func parse(_ text: String) -> [String: Action] {
            var actions: [String: Action] = [:]
            for item in text.split(separator: ",") {
                let sides = item.split(separator: "=", maxSplits: 1)
                precondition(sides.count == 2, "BELAY_FAILPOINT: '\(item)' is not NAME=ACTION")
                if sides[1] == "crash" {
                    actions[String(sides[0])] = .crash
                } else if sides[1].hasPrefix("hold:/") {
                    actions[String(sides[0])] = .hold(whileExists: String(sides[1].dropFirst(5)))
                } else {
                    preconditionFailure("BELAY_FAILPOINT: '\(sides[1])' is neither crash nor hold:/PATH")
                }
            }
            return actions
        }
    }
#else
    /// A named place in the code where a test can hold or kill the program; in release builds nothing can.
    public enum FailPoint {
        /// Does nothing.
        @inlinable
        public static func reached(_ name: @autoclosure () -> String, scope: String? = nil) async throws {}
    }
#endif
