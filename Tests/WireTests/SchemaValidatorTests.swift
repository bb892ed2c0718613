import TestKit
import Testing
import Wire

@Suite struct SchemaValidatorTests {
    private static func validator(_ schema: JSON) throws -> SchemaValidator {
        try SchemaValidator(schema: ["$defs": ["Thing": schema, "Name": ["type": "string"]]])
    }

    /// For each keyword a value that fits and one that does not.
    @Test(
        arguments: [
            (["type": "null"], .null, false), (["type": "boolean"], true, 1), (["type": "integer"], 1.0, 1.5),
            (["type": "integer"], -7, "7"), (["type": "number"], 1, "1"), (["type": "string"], "", .null),
            (["type": "array"], [], [:]), (["type": "object"], [:], []), (["type": ["string", "null"]], .null, 1),
            (["properties": ["a": ["type": "string"]]], ["b": 1], ["a": 1]),
            (["required": ["a"]], ["a": .null], ["b": 1]), (["required": ["a"]], "no object", [:]),
            (["items": ["type": "string"]], ["a", "b"], ["a", 1]), (["items": false], [], [1]),
            (["allOf": [["type": "integer"], ["minimum": 3]]], 3, 2),
            (["anyOf": [["type": "string"], ["minimum": 3]]], 3, 2),
            (["oneOf": [["minimum": 1], ["minimum": 3]]], 2, 4), (["oneOf": [["minimum": 1], ["minimum": 3]]], 1, 0),
            (["not": ["type": "string"]], 1, "a"), (["const": "a"], "a", "b"), (["const": 1], 1.0, 2),
            (["const": ["a": 1, "b": [2]]], ["b": [2], "a": 1], ["b": [2], "a": 2]), (["const": [1]], [1.0], [1, 1]),
            (["enum": ["a", 1, .null]], .null, "b"), (["minimum": 0], 0, -1), (["maximum": 9.5], 9.5, 10),
            (["minimum": 3], "not a number", 2), (["$ref": "#/$defs/Name"], "n", 1),
            (["$ref": "#/$defs/Name", "const": "n"], "n", "m"),
            (["additionalProperties": false], [:], ["a": 1]),
            (
                ["properties": ["a": true], "additionalProperties": ["type": "string"]], ["a": 1, "b": "2"],
                ["a": 1, "b": 2]
            ),
            (["format": "int32"], 2_147_483_647, 2_147_483_648), (["format": "uint16"], 65_535, -1),
            (["format": "uint32"], 4_294_967_295, 4_294_967_296), (["format": "uint64"], 0, -1),
        ] as [(JSON, JSON, JSON)])
    func everyKeywordAcceptsAndRefuses(schema: JSON, good: JSON, bad: JSON) throws {
        let validator = try Self.validator(schema)
        #expect(try validator.violations(of: good, as: "Thing") == [])
        #expect(try validator.violations(of: bad, as: "Thing") != [])
    }

    @Test func aViolationSaysWhereAndWhat() throws {
        let validator = try Self.validator(["properties": ["list": ["items": ["required": ["id", "name"]]]]])
        let violations = try validator.violations(of: ["list": [["id": 1, "name": 2], ["name": 3]]], as: "Thing")
        #expect(violations == [.init(path: "/list/1", problem: "lacks id")])
        let whole = try Self.validator(["type": ["string", "null"]]).violations(of: 1, as: "Thing")
        #expect(whole.map(\.description) == ["the value: is not string or null"])
    }

    @Test func ofAlternativesTheNearestTellsWhatIsWrong() throws {
        let validator = try Self.validator([
            "oneOf": [["required": ["b"], "const": 7], ["properties": ["a": ["type": "string"]]]]
        ])
        let violations = try validator.violations(of: ["a": 1], as: "Thing")
        #expect(violations.first == .init(path: "", problem: "fits 0 of 2 alternatives"))
        #expect(violations.contains(.init(path: "/a", problem: "is not string")))
    }

    @Test(
        arguments: [
            (["pattern": "^a"], .unknownKeyword("pattern", at: "#/$defs/Thing")),
            (["minLength": 1], .unknownKeyword("minLength", at: "#/$defs/Thing")),
            (["format": "date"], .unknownKeyword("format: date", at: "#/$defs/Thing")),
            (["unevaluatedProperties": false], .unknownKeyword("unevaluatedProperties", at: "#/$defs/Thing")),
            (
                ["items": ["anyOf": [["uniqueItems": true]]]],
                .unknownKeyword("uniqueItems", at: "#/$defs/Thing/items/anyOf/0")
            ),
            (["properties": ["a": ["if": true]]], .unknownKeyword("if", at: "#/$defs/Thing/properties/a")),
            (["$ref": "#/$defs/Nothing"], .missingDefinition("Nothing")),
            (["$ref": "https://example.org"], .malformed("$ref", at: "#/$defs/Thing")),
            (["type": 7], .malformed("type", at: "#/$defs/Thing")),
            (["anyOf": []], .malformed("anyOf", at: "#/$defs/Thing")),
            (["minimum": "0"], .malformed("minimum", at: "#/$defs/Thing")),
            (7, .malformed("schema", at: "#/$defs/Thing")),
        ] as [(JSON, SchemaValidator.Unusable)])
    func aSchemaThatWouldNotBeCheckedWholeIsRefused(schema: JSON, reason: SchemaValidator.Unusable) {
        #expect(throws: reason) { try Self.validator(schema) }
    }

    @Test func wordsForPeopleAndProgramsConstrainNothing() throws {
        let validator = try Self.validator(["title": "T", "description": "d", "default": 1, "x-side": "agent"])
        #expect(try validator.violations(of: "anything", as: "Thing") == [])
        #expect(throws: SchemaValidator.Unusable.missingDefinition("Other")) {
            try validator.violations(of: 1, as: "Other")
        }
    }
}
