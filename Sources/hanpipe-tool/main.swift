import HanpipeCommands

Tool.main()
