/// A small project to ask about.
func doors() throws -> TestFolder {
    try TestFolder([
        "README.md": "# Doors\n\nA library that opens and closes doors. It is small.\n\n## Install\n\nCopy it.\n",
        "Sources/Door.swift": """
        /// A door that can be locked. Keys are kept elsewhere.
        public struct Door {
            /// Whether the bolt is out.
            var isLocked = false

            /// Opens the door slowly, unless it is locked.
            public mutating func openDoor() throws {
                guard !isLocked else { throw DoorError.locked }
            }
        }

        """,
        "Sources/KeyRing.swift": """
        /// Where keys are kept, newest first.
        final class KeyRing {
            var keys: [String] = []
            func unlock(_ door: inout Door) { door.isLocked = false }
        }

        """,
        "Tests/DoorTests.swift": """
        import Testing

        @Test func aLockedDoorStaysShut() throws {
            var door = Door()
            door.isLocked = true
            #expect(throws: DoorError.locked) { try door.openDoor() }
        }

        """,
        "ignored.log": "openDoor openDoor openDoor\n", ".gitignore": "*.log\n",
    ])
}
