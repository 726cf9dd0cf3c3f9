// Since 1.29 the Linux and macOS builds of ONNX Runtime send what models they run to Microsoft and keep an identifier
// of the machine on disk, unless this is set before the library is loaded. Pictures of patients call for silence.
process.env.ORT_DISABLE_TELEMETRY ??= '1';
