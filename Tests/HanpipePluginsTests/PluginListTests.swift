import Glibc
import Hanpipe
import HanpipeCore
import HanpipePlugins
import Testing

/// The user's own list of allowed code.
@Suite struct PluginListTests {
  private func list(_ text: String) throws -> PluginList { try PluginList(parsing: Array(text.utf8)) }

  @Test func `a command is allowed word for word`() throws {
    let list = try list(#"{"commands": [["python3", "-u", "/home/me/words.py"], ["cat"]]}"#)
    let code = OutsideCode.program(["python3", "-u", "/home/me/words.py"], script: 2)
    #expect(list.allowed(code) == code)
    #expect(list.allowed(.program(["cat"], script: nil)) != nil)
    for words in [["python3", "/home/me/words.py"], ["cat", "-n"], ["python3", "-c", "/home/me/words.py"], []] {
      #expect(list.allowed(.program(words, script: nil)) == nil)
    }
    #expect(list.allowed(.library("cat")) == nil)
  }

  @Test func `of a copy of an allowed file, the allowed file runs`() throws {
    let folder = TestFolder()
    let mine = try folder.write("print(1)", to: "mine.py")
    let copy = try folder.write("print(1)", to: "copy.py")
    let other = try folder.write("print(2)", to: "other.py")
    let list = try list(#"{"libraries": ["\#(mine)"], "commands": [["python3", "\#(mine)"]]}"#)
    #expect(list.allowed(.program(["python3", copy], script: 1)) == .program(["python3", mine], script: 1))
    #expect(list.allowed(.program(["python3", other], script: 1)) == nil)
    // An argument that is no file of the spec is a word like any other.
    #expect(list.allowed(.program(["python3", copy], script: nil)) == nil)
    #expect(list.allowed(.library(copy)) == .library(mine))
    #expect(list.allowed(.library(other)) == nil)
    #expect(list.allowed(.library(folder["absent"])) == nil)
  }

  @Test(arguments: [
    (#"{"commands": ["python3"]}"#, #"commands[0]: "python3" is not allowed; expected an array, each of it a string"#),
    (#"{"commands": [[]]}"#, "commands[0]: [] is not allowed; expected a program and its arguments"),
    (#"{"libraries": ["words.so"]}"#, #"libraries[0]: "words.so" is not allowed; expected an absolute path"#),
    (#"{"library": []}"#, #"unknown key "library"; did you mean "libraries"? known are "libraries", "commands""#),
    (#"[]"#, #"the list: [] is not allowed; expected an object with "libraries" and "commands""#),
    (#"{"#, #"line 1, column 2: expected a key in quotes, found end of input"#),
  ])
  func `a list that is not in order is refused`(_ text: String, _ message: String) throws {
    let error = #expect(throws: SpecError.self) { try list(text) }
    #expect(error.map { "\($0)" } == message)
  }

  @Test func `an absent list allows nothing, and the place follows XDG`() throws {
    #expect(try PluginList(path: "/nowhere/plugins.json") == PluginList())
    func place(_ variables: [String: String]) -> String? { PluginList.standardPath { variables[$0] } }
    #expect(place(["XDG_CONFIG_HOME": "/c", "HOME": "/h"]) == "/c/hanpipe/plugins.json")
    #expect(place(["XDG_CONFIG_HOME": "c", "HOME": "/h"]) == "/h/.config/hanpipe/plugins.json")
    #expect(place(["XDG_CONFIG_HOME": ""]) == nil)
  }

  @Test func `what would run is shown as a shell would want it`() {
    #expect("\(OutsideCode.program(["sh", "-c", "echo it's"], script: nil))" == #"sh -c 'echo it'\''s'"#)
    #expect("\(OutsideCode.library("/a/b.so"))" == "the shared library /a/b.so")
  }
}
