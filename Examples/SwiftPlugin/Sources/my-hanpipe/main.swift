import ConvolutionStages
import HanpipeCommands

Tool.main(adding: [ConvolutionPlugin.self])
