// A Submission written down as canonical JSON at once, as every registration needs it. Pure functions.
#pragma once

#include <string>

#include "petition/submission.h"

namespace petition {

/// CanonicalJson(SubmissionToJson(submission, false)), without a tree of values in between where there is no need of
/// one.
std::string SubmissionText(const Submission& submission);

/// CanonicalContent (submission.h) by way of a tree of values: what has attachments, and what the short way is held
/// against.
std::string CanonicalContentByTree(const Submission& submission);

}  // namespace petition
