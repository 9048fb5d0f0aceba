"""The texts of the lab in Korean: English text → Korean. Words in braces stay as they are."""

from __future__ import annotations

from . import lab_texts
from .lab_texts import EXPERIMENTS, MEASURES

KOREAN = {
    "Hum": "허밍",
    "Lab": "실험실",
    lab_texts.INTRODUCTION: """
# 실험실
다시 만든 소리는 진짜 기타에 얼마나 가까울까요? 그 과정에서 무엇이 사라질까요? 소리들을 하나의 시간 축에 놓고 듣고,
보고, 수치로 비교해요.
""",
    "Experiment": "실험",
    "Guitar to guitar": "기타에서 기타로",
    EXPERIMENTS["guitar"].about: """
**기타 소리가 그대로 돌아올까요?** 녹음에서 음높이와 셈여림, 줄을 뜯는 시점만 남겨요. 신경망은 이 시맨틱
하모닉스를 읽고 같은 음높이로 다시 연주해요. 둘을 재생하면서 1과 2 키로 바꿔 들어 보세요. 맨 아래 그림은 기타에서
녹음을 뺀 차이예요. 파란색은 사라진 소리이고 주황색은 더해진 소리예요.
""",
    "Where does the timbre go?": "음색은 어디로 갔을까?",
    EXPERIMENTS["inversions"].about: """
**음색은 신경망에서 사라질까요, 멜을 소리로 되돌리는 과정에서 사라질까요?** 여기서는 신경망이 연주하지 않아요.
녹음 자신의 멜 스펙트로그램을 여러 방법으로 소리로 되돌려요. 위 그림은 들리는 소리를 따라 바뀌어요. 아래 그림들은
각 방법의 소리에서 녹음을 뺀 차이예요. 파란 곳은 사라진 소리이고, 색이 없는 곳은 그대로예요.
""",
    "Trackers": "음높이 추적",
    EXPERIMENTS["trackers"].about: """
**두 음높이 추적 방식은 같은 멜로디를 들을까요?** 기타 연주는 모두 F0에서 나와요. 두 곡선을 겹쳐 그리고, 그 아래에
첫째와 둘째의 차이를 센트로 그려요. 칠해진 구간에서는 둘이 어긋나요. 50센트 넘게 다르거나, 한쪽만 음높이를 들은
곳이에요.
""",
    "Two files": "두 파일",
    EXPERIMENTS["sounds"].about: """
**두 소리는 얼마나 다를까요?** 허밍과 그 기타 연주, 두 번의 녹음, 이 프로그램의 두 판을 비교해 보세요. 둘째 소리를
첫째에 맞는 시간으로 옮기고, 두 소리의 크기를 같게 해요. 맨 아래 그림은 둘째에서 첫째를 뺀 차이예요.
""",
    "Rock solo, from GuitarSet": "록 솔로 (GuitarSet)",
    "Ode to Joy: a hum, and its guitar": "환희의 송가: 허밍과 그 기타 연주",
    "Recording, up to 2 minutes": "녹음 (2분까지)",
    "Second recording": "둘째 녹음",
    "Or try one of these": "예시로 해 보기",
    lab_texts.LICENCE: (
        "록 솔로는 Xi, Bittner, Pauwels, Ye, Bello의 [GuitarSet](https://zenodo.org/records/3371780)에 있는 "
        "`05_Rock1-130-A_solo`의 일부이고, 이용 허락은 [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/)"
        "이에요. 잘라서 처음과 끝을 부드럽게 했어요. 허밍은 계산으로 만들었어요."
    ),
    "First pitch tracker": "첫째 음높이 추적",
    "Second pitch tracker": "둘째 음높이 추적",
    "Compare": "비교하기",
    "Cancelled. Nothing was compared.": "취소했어요. 비교하지 않았어요.",
    "{experiment} ({seconds} s)": "{experiment} ({seconds}초)",
    lab_texts.NO_SECOND: "녹음이 하나뿐이에요. 둘째 녹음도 녹음하거나 올려 주세요",
    # the view
    "Recording": "녹음",
    "Guitar again": "다시 연주한 기타",
    "First file": "첫째 파일",
    "Second file": "둘째 파일",
    "Second tracker less the first": "둘째에서 첫째를 뺀 값",
    "{sound}: mel spectrogram": "{sound}: 멜 스펙트로그램",
    "The sound that plays: mel spectrogram": "들리는 소리: 멜 스펙트로그램",
    "Guitar less recording: difference of the mels": "기타에서 녹음을 뺀 멜의 차이",
    "{sound} less recording: difference of the mels": "{sound}에서 녹음을 뺀 멜의 차이",
    "Second file less first file: difference of the mels": "둘째 파일에서 첫째 파일을 뺀 멜의 차이",
    "F0 by both trackers; they disagree where it is shaded": "두 추적 방식의 F0 (칠해진 곳에서 어긋나요)",
    "Cents from the first to the second": "첫째에서 둘째까지의 센트",
    # the table
    "The figures": "수치",
    "Measure": "항목",
    "Value": "값",
    "Distance of the mels (mel_l1)": "멜의 거리 (mel_l1)",
    MEASURES["mel_l1_db"].meaning: "두 멜의 평균 차이예요. 0이면 같고, 작을수록 가까워요.",
    "Log-spectral distance": "로그 스펙트럼 거리",
    MEASURES["log_spectral_distance_db"].meaning: "배음까지 나눠 본 스펙트럼의 차이예요. 작을수록 가까워요.",
    "Delta-mel correlation": "델타 멜 상관",
    MEASURES["delta_mel_correlation"].meaning: "두 소리가 함께 변하는 정도예요. 1이면 같이 변하고, 0이면 무관해요.",
    "Delta-mel ratio": "델타 멜 비율",
    MEASURES["delta_mel_ratio"].meaning: "프레임마다 변하는 크기예요. 1보다 작으면 흐릿하고, 크면 더 요동쳐요.",
    "Disagreement": "어긋남",
    MEASURES["disagree_share"].meaning: "음높이가 들리는 시간 가운데 두 방식이 어긋나는 비율이에요.",
    "Heard by one only": "한쪽만 들음",
    MEASURES["one_unvoiced_share"].meaning: "한쪽만 음높이를 들은 비율이에요.",
    "Octave errors": "옥타브 오류",
    MEASURES["octave_share"].meaning: "한 옥타브 이상 어긋난 비율이에요.",
    "Median distance": "거리의 중앙값",
    MEASURES["median_cents"].meaning: "둘 다 음높이를 들은 곳의 보통 거리예요. 100센트는 반음이에요.",
    "Offset": "시간 차이",
    MEASURES["offset_s"].meaning: "같은 순간이 둘째 파일에서 얼마나 늦게 오는지예요. 이만큼 옮겨서 비교했어요.",
    "Likeness": "닮은 정도",
    MEASURES["correlation"].meaning: "시간에 따른 두 그림의 상관이에요. 0.35부터 시간을 맞출 수 있어요.",
    "Computing time": "계산 시간",
    MEASURES["seconds"].meaning: "이 서버가 계산하는 데 걸린 시간이에요.",
    "Treble, {band}": "고음, {band}",
    lab_texts.TREBLE.meaning: (
        "줄을 뜯고 10, 40, 100 ms 뒤의 크기를 음의 몸통과 견준 값이에요. 녹음에 가까우면 뜯는 소리로, 훨씬 작으면 "
        "부드럽게 들려요."
    ),
    "cents": "센트",
    "s": "초",
    lab_texts.DISAGREEMENTS: "어긋나는 구간: {spans}초.",
    lab_texts.DISAGREEMENTS_MORE: "어긋나는 구간: {spans}초, 그 밖에 {count}곳.",
}

SENTENCES = {  # what the comparisons say
    "both trackers are {name}; choose two different ones": (
        "두 음높이 추적이 모두 {name}(으)로 같아요. 서로 다른 둘을 골라 주세요"
    ),
    "neither {name} nor {name_again} heard a pitch in the recording; choose one with a melody": (
        "{name}도 {name_again}도 녹음에서 음높이를 듣지 못했어요. 멜로디가 있는 녹음을 골라 주세요"
    ),
    "the two sounds are not enough alike to be aligned; they are compared from their beginnings": (
        "두 소리가 많이 달라 시간을 맞출 수 없어요. 처음부터 나란히 비교했어요"
    ),
    "the vocoder was trained on mels with {name} {value}, but the checkpoint has {name_again} {shape}; "
    "choose another inversion": (
        "자연스러운 소리는 {name} {value}인 멜로 학습했지만 체크포인트는 {name_again} {shape}이에요. "
        "다른 소리를 골라 주세요"
    ),
    "there is no tracker {name} here; choose one of {names}": (
        "음높이 추적 {name}은(는) 여기에서 쓸 수 없어요. {names} 중에서 골라 주세요"
    ),
}
